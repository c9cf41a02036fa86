/**
 * SessionCore: what a session does with frames, and how it ends. Sending is the outbox's, receiving the inbox's, waiting patience's; here both
 * directions meet: closing compares counts and transcripts, and the first failure is the last word for everyone who waits.
 */
import { equalBytes, FedcreditError, LocalProtocolError, type PeerProtocolError, TransportError, toHex } from '../../base/index.ts';
import { Assembler, type ReceivedMessage, violation } from './assembler.ts';
import { FarewellFrames, isFarewell } from './farewell.ts';
import { type FrameCarrier, LINGER_MS } from './frame-link.ts';
import { type CloseFrame, decodeFrame, encodeFrame, type Frame } from './frames.ts';
import { Inbox } from './inbox.ts';
import { Outbox } from './outbox.ts';
import { Patience } from './patience.ts';
import { publicError, reportedError } from './public-errors.ts';
import type { LastWords, SessionInput, SessionOptions, SessionReceipt } from './session-types.ts';
import { Transcript } from './transcript.ts';

export class SessionCore implements SessionInput {
  readonly #link: FrameCarrier;
  readonly #role: 'caller' | 'callee';
  readonly #peer: string;
  readonly #sent: Transcript;
  readonly #received: Transcript;
  readonly #assembler: Assembler;
  readonly #patience: Patience;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #farewell: FarewellFrames;
  #closeWaiter: { resolve: (close: CloseFrame) => void; reject: (error: Error) => void } | undefined;
  #peerClose: CloseFrame | undefined;
  #endWaiter: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #ended = false;
  #closing = false;
  #done = false;
  #failure: Error | undefined;
  readonly #stop = new AbortController();
  #wireReceived = 0;

  constructor(link: FrameCarrier, { role, peer, binding, limits }: SessionOptions) {
    this.#link = link;
    this.#role = role;
    this.#peer = peer;
    this.#sent = new Transcript(binding, role);
    this.#received = new Transcript(binding, role === 'caller' ? 'callee' : 'caller');
    this.#assembler = new Assembler(peer, this.#received, limits.maxMessageBytes);
    this.#patience = new Patience(limits.idleTimeoutMs, (error) => this.abort(error));
    const patience = this.#patience;
    this.#outbox = new Outbox({
      link,
      transcript: this.#sent,
      maxMessageBytes: limits.maxMessageBytes,
      patience,
      assertOpen: () => this.#assertOpen(),
    });
    this.#inbox = new Inbox({
      link,
      maxBufferedBytes: limits.maxBufferedBytes,
      patience,
      ending: (kind) => this.#ending(kind),
      unexpected: (kind, came) => this.#violate('ERR_PEER_UNEXPECTED_MESSAGE', `expected ${kind}, it sent ${came}`),
    });
    this.#farewell = new FarewellFrames({ peer, patience, open: () => this.#bothClosed(), write: (frame) => this.#outbox.write(frame) });
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  wireBytes(): { sent: number; received: number } {
    return { sent: this.#outbox.wireBytes, received: this.#wireReceived };
  }

  async send(kind: string, body: Uint8Array): Promise<void> {
    if (this.#closing) throw new LocalProtocolError('ERR_LOCAL_SESSION_CLOSED', `send(${kind}) after close`);
    await this.#outbox.send(kind, body);
  }

  receive(kind: string): Promise<Uint8Array> {
    if (this.#closing && !this.#inbox.waiting) {
      return Promise.reject(new LocalProtocolError('ERR_LOCAL_SESSION_CLOSED', `receive(${kind}) after close`));
    }
    return this.#inbox.receive(kind);
  }

  #assertOpen(): void {
    if (this.#failure) throw this.#failure;
    if (this.#peerClose && !this.#closing) throw this.#violate('ERR_PEER_UNEXPECTED_MESSAGE', 'it ended the step before this side did');
  }

  #ending(kind: string): Error | undefined {
    if (this.#failure) return this.#failure;
    return this.#peerClose && this.#violate('ERR_PEER_UNEXPECTED_MESSAGE', `expected ${kind}, it ended the step`);
  }

  frame(bytes: Uint8Array): void {
    if (this.#failure || this.#done) return;
    this.#wireReceived += bytes.length;
    try {
      this.#accept(decodeFrame(bytes));
    } catch (error) {
      this.abort(error);
      return;
    }
    this.#patience.renew();
  }

  #accept(frame: Frame): void {
    if (frame.type === 'failure') {
      this.#fail(reportedError(this.#peer, frame));
      this.#link.end();
      return;
    }
    if (isFarewell(frame)) {
      this.#farewell.put(frame);
      return;
    }
    if (this.#peerClose) throw violation(this.#peer, 'ERR_PEER_UNEXPECTED_MESSAGE', `it sent a ${frame.type} frame after its close`);
    switch (frame.type) {
      case 'message':
        this.#enqueue(this.#assembler.head(frame));
        break;
      case 'chunk':
        this.#enqueue(this.#assembler.chunk(frame));
        break;
      case 'close':
        this.#acceptClose(frame);
        break;
      default:
        throw violation(this.#peer, 'ERR_PEER_UNEXPECTED_MESSAGE', `it sent a second ${frame.type} frame`);
    }
  }

  #enqueue(message: ReceivedMessage | undefined): void {
    if (message) this.#inbox.put(message);
  }

  #acceptClose(close: CloseFrame): void {
    this.#assembler.end(close);
    this.#peerClose = close;
    this.#closeWaiter?.resolve(close);
    this.#inbox.settle();
  }

  async close(lastWords?: LastWords): Promise<SessionReceipt> {
    if (this.#closing) throw new LocalProtocolError('ERR_LOCAL_SESSION_CLOSED', 'close after close');
    if (this.#inbox.waiting) throw new LocalProtocolError('ERR_LOCAL_CONCURRENT_RECEIVE', 'close while a receive is pending');
    await this.#outbox.settled;
    this.#closing = true;
    try {
      const receipt = await this.#closeNow();
      await lastWords?.(receipt, this.#farewell);
      await this.#finish();
      return receipt;
    } catch (error) {
      this.abort(error);
      throw error;
    }
  }

  async #closeNow(): Promise<SessionReceipt> {
    const { unread } = this.#inbox;
    if (unread) throw violation(this.#peer, 'ERR_PEER_UNEXPECTED_MESSAGE', `it sent ${unread.kind}, which nobody asked for`);
    const { count, head } = this.#sent;
    const received = { count: this.#received.count, head: this.#received.head };
    await this.#outbox.write({
      type: 'close',
      sent: count,
      received: received.count,
      sentTranscript: head,
      receivedTranscript: received.head,
    });
    const close = this.#peerClose ?? (await this.#patience.inTime(this.#nextClose(), 'the peer did not end the step'));
    if (close.sent !== received.count) throw violation(this.#peer, 'ERR_PEER_UNEXPECTED_MESSAGE', 'it sent messages nobody asked for');
    if (close.received !== count || !equalBytes(close.receivedTranscript, head)) {
      throw violation(this.#peer, 'ERR_PEER_ALTERED', `this side sent ${count} messages, it got ${close.received}, or not the same ones`);
    }
    const [sentTranscript, receivedTranscript] = [toHex(head), toHex(received.head)];
    return { messagesSent: count, messagesReceived: received.count, sentTranscript, receivedTranscript };
  }

  /**
   * The callee ends the stream when it is content, a failure comes instead when it is not: so a step that succeeded for the caller has
   * succeeded for the callee.
   */
  async #finish(): Promise<void> {
    if (this.#role === 'callee') this.#done = true;
    this.#link.end();
    if (this.#role === 'caller') await this.#patience.inTime(this.#streamEnd(), 'the peer did not confirm the end of the step');
    this.#done = true;
  }

  #streamEnd(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#endWaiter = { resolve, reject };
    });
  }

  #nextClose(): Promise<CloseFrame> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#closeWaiter = { resolve, reject };
    });
  }

  abort(error: unknown): void {
    if (this.#failure || this.#done) return;
    this.#fail(error instanceof FedcreditError ? error : new LocalProtocolError('ERR_INTERNAL', 'the step stopped', { cause: error }));
    this.#link.write(encodeFrame({ type: 'failure', ...publicError(error) })).catch(() => {});
    this.#link.end();
    // Let the peer's own ending arrive; what else it sends is dropped unread.
    this.#link.resume();
    setTimeout(() => this.#link.destroy(), LINGER_MS).unref();
  }

  ended(): void {
    this.#ended = true;
    this.#endWaiter?.resolve();
    this.#farewell.end();
    if (this.#bothClosed()) return;
    this.#fail(new TransportError('ERR_TRANSPORT_CLOSED', 'the peer hung up in the middle of the step', { help: 'Run the step again.' }));
    this.#link.end();
  }

  lost(error: Error): void {
    if (!(this.#done || (this.#ended && this.#bothClosed()))) this.#fail(error);
  }

  /** Both have said close: the end of the stream is no surprise. */
  #bothClosed(): boolean {
    return this.#closing && this.#peerClose !== undefined;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stop.abort(this.#failure);
    this.#closeWaiter?.reject(this.#failure);
    this.#farewell.end(this.#failure);
    this.#endWaiter?.reject(this.#failure);
    this.#inbox.settle();
  }

  /** A violation found outside the reading of a frame: ends the session and tells the peer. */
  #violate(code: `ERR_PEER_${string}`, problem: string): PeerProtocolError {
    const error = violation(this.#peer, code, problem);
    this.abort(error);
    return error;
  }
}
