/**
 * LastingLink: what a session writes to and hears from, over as many streams as it takes. It counts the frames of both directions, keeps what it
 * sent until the peer has it (kept-frames.ts), and waits a while for another stream when one is lost (grace.ts). It learns sizes and times only.
 *
 * The caller is done when it has heard the callee's end, the callee when its own end has been acknowledged.
 */
import { violation } from './assembler.ts';
import { type FrameCarrier, LINGER_MS, linkLost } from './frame-link.ts';
import { encodeFrame } from './frames.ts';
import { Grace } from './grace.ts';
import { KeptFrames } from './kept-frames.ts';
import type { AttachedStream, LastingOptions } from './lasting-types.ts';
import { ACK_BYTES, ACK_FRAMES, Line, type LineEvents } from './line.ts';
import type { SessionInput } from './session-types.ts';
import { Waiting } from './waiting.ts';

export class LastingLink implements FrameCarrier {
  readonly #options: LastingOptions;
  readonly #kept: KeptFrames;
  readonly #grace: Grace;
  readonly #waiting = new Waiting();
  #session: SessionInput | undefined;
  #line: Line | undefined;
  #loss: Error = linkLost();
  #received = 0;
  #owed = { frames: 0, bytes: 0 };
  #progress = 0;
  /** The callee waits for a caller only after a sign that it has the token. */
  #attested = false;
  #paused = false;
  #saidEnd = false;
  #over: { readonly error?: Error } | undefined;
  readonly #ending = new Waiting();

  constructor(options: LastingOptions) {
    this.#options = options;
    this.#kept = new KeptFrames(options.maxKeptBytes);
    this.#grace = new Grace(options.graceMs, options.clock, () => this.#lose(this.#loss));
  }

  /** Counted frames of the peer that the session has. */
  get received(): number {
    return this.#received;
  }

  /** Grows with everything new that came of a line. */
  get progress(): number {
    return this.#progress;
  }

  get over(): boolean {
    return this.#over !== undefined;
  }

  get whenOver(): Promise<void> {
    return this.#over ? Promise.resolve() : this.#ending.wait();
  }

  get wantsLine(): boolean {
    return !this.#over && !this.#line;
  }

  /** The session has said its last word, which waits to be heard. */
  get lingers(): boolean {
    return this.#saidEnd && !this.#over;
  }

  /** Called once, before the first stream is attached. */
  listen(session: SessionInput): void {
    this.#session = session;
  }

  /**
   * For a peer that has proved to be the same: it cannot have what no line was given, nor lack what it had.
   * @throws PeerProtocolError `ERR_PEER_ALTERED`, which also ends the session
   */
  assertPossible(peerHas: number): void {
    this.#attested = true;
    if (this.#kept.isPossible(peerHas)) return;
    const error = this.#impossible(peerHas);
    this.#session?.abort(error);
    throw error;
  }

  /** Stands still: what comes on an old stream counts no more, so that the count we give the peer stays true. */
  detach(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.drop('end');
  }

  /** Goes on over this stream, with the first frame that the peer has not got. */
  attach({ link, opened, peerHas }: AttachedStream): void {
    this.detach();
    const wasLost = this.#grace.running;
    this.#grace.stop();
    if (this.#kept.acknowledge(peerHas)) this.#progressed();
    this.#owed = { frames: 0, bytes: 0 };
    const { role, maxKeptBytes: maxHeldBytes, watch } = this.#options;
    const line: Line = new Line({ link, kept: this.#kept, from: peerHas, maxHeldBytes, events: this.#eventsOf(() => line) });
    this.#line = line;
    if (wasLost && this.#isMissed()) watch.back();
    // The callee hears that its token has come.
    if (role === 'caller') line.acknowledge(this.#received);
    line.open(opened, this.#paused);
    this.#conclude();
  }

  write(frame: Uint8Array): Promise<void> {
    if (this.#over?.error) return Promise.reject(this.#over.error);
    // The peer has heard the end, or said its own: nobody listens any more.
    if (this.#over || this.#saidEnd) return Promise.resolve();
    this.#kept.add(frame);
    void this.#line?.pump();
    if (this.#hasRoom()) return Promise.resolve();
    return this.#waiting.wait();
  }

  end(): void {
    if (this.#saidEnd || this.#over) return;
    this.#kept.add(encodeFrame({ type: 'end' }));
    this.#saidEnd = true;
    void this.#line?.pump();
  }

  destroy(): void {
    this.#lose(linkLost());
  }

  pause(): void {
    this.#paused = true;
    this.#line?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#line?.resume();
  }

  /** Waits no longer. @param error default: the loss of the last line */
  giveUp(error: Error = this.#loss): void {
    this.#lose(error);
  }

  #eventsOf(line: () => Line): LineEvents {
    return {
      counted: (bytes) => this.#take(bytes),
      acknowledged: (received) => this.#acknowledged(line(), received),
      end: () => this.#heardEnd(),
      room: () => this.#settle(),
      lost: (error) => this.#lostLine(error),
      broken: (error) => this.#session?.abort(error),
    };
  }

  #take(bytes: Uint8Array): void {
    this.#received += 1;
    this.#progressed();
    this.#session?.frame(bytes);
    const owed = { frames: this.#owed.frames + 1, bytes: this.#owed.bytes + bytes.length };
    const due = owed.frames >= ACK_FRAMES || owed.bytes >= ACK_BYTES;
    if (due) this.#line?.acknowledge(this.#received);
    this.#owed = due ? { frames: 0, bytes: 0 } : owed;
  }

  #acknowledged(line: Line, count: number): void {
    if (!(this.#kept.isPossible(count) && count <= line.handedOver)) throw this.#impossible(count);
    this.#attested = true;
    if (this.#kept.acknowledge(count)) this.#progressed();
    this.#settle();
    this.#conclude();
  }

  #heardEnd(): void {
    this.#received += 1;
    this.#progressed();
    this.#line?.acknowledge(this.#received);
    if (this.#options.role === 'caller') this.#finish();
    this.#session?.ended();
  }

  #progressed(): void {
    this.#attested = true;
    this.#progress += 1;
    this.#grace.renew();
  }

  #lostLine(error: Error): void {
    this.detach();
    this.#loss = error;
    const { role, graceMs } = this.#options;
    if (graceMs === 0 || (role === 'callee' && !this.#attested)) {
      this.#lose(error);
      return;
    }
    if (this.#isMissed()) this.#options.watch.lost(this.#grace.left);
    this.#grace.start();
    this.#settle();
  }

  /** Does anybody wait for the line? A callee that has said its end does not. */
  #isMissed(): boolean {
    return this.#options.role === 'caller' || !this.#saidEnd;
  }

  #hasRoom(): boolean {
    return !this.#kept.full && (this.#line?.drained ?? true);
  }

  #settle(): void {
    if (this.#hasRoom()) this.#waiting.resolve();
  }

  #conclude(): void {
    const heard = this.#saidEnd && this.#kept.acknowledged === this.#kept.count;
    if (this.#options.role === 'callee' && heard) this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#stop({}, 'end');
    this.#waiting.resolve();
  }

  #lose(error: Error): void {
    if (this.#over) return;
    this.#stop({ error }, this.#line?.drained ? 'end' : 'destroy');
    this.#waiting.reject(error);
    this.#session?.lost(error);
  }

  #stop(over: { readonly error?: Error }, how: 'end' | 'destroy'): void {
    this.#over = over;
    this.#grace.stop();
    const line = this.#line;
    this.#line = undefined;
    line?.drop(how);
    // A callee that never ends its stream must not hold ours.
    if (line && this.#options.role === 'caller') setTimeout(() => line.drop('destroy'), LINGER_MS).unref();
    this.#kept.clear();
    this.#options.watch.over();
    this.#ending.resolve();
  }

  #impossible(count: number): Error {
    const { acknowledged, handedOver } = this.#kept;
    const sent = `between ${acknowledged} and ${handedOver} of them are possible`;
    return violation(this.#options.peer, 'ERR_PEER_ALTERED', `it claims to have received ${count} frames, ${sent}`);
  }
}
