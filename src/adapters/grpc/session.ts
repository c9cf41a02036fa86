/**
 * Session: the channel between nodes. Messages are cut into frames, counted, hashed into a transcript, and put together again (assembler.ts);
 * both sides compare counts and transcripts before either believes that the step is done. After the first error the session is over for good.
 *
 * Callee and caller run this same code; only the opening differs (client.ts, server.ts).
 */
import { equalBytes, FedcreditError, LocalProtocolError, type PeerProtocolError, TransportError, toHex } from '../../base/index.ts';
import { type MeteredChannel, meter, type TranscriptEntry } from '../../protocol/index.ts';
import { Assembler, type ReceivedMessage, violation } from './assembler.ts';
import { type FrameLink, LINGER_MS } from './frame-link.ts';
import { CHUNK_BYTES, type CloseFrame, decodeFrame, encodeFrame, type Frame, isKind } from './frames.ts';
import type { SessionLimits } from './limits.ts';
import { publicError, reportedError } from './public-errors.ts';
import { type SessionBinding, sha256, Transcript } from './transcript.ts';

/** What both sides agree on when a session has closed in good order. */
export interface SessionReceipt {
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** Hex SHA-256 of everything this side sent and received; the peer holds the same two, swapped. */
  readonly sentTranscript: string;
  readonly receivedTranscript: string;
}

/** A protocol's channel between two nodes, with its ending. */
export interface Session extends MeteredChannel {
  /** The pinned party at the other end. */
  readonly peer: string;
  readonly binding: SessionBinding;
  /** Aborted when the session fails: hand it to long computations. */
  readonly signal: AbortSignal;
  /** Ends the step: waits for the peer to end it too, compares counts and transcripts. */
  close(): Promise<SessionReceipt>;
  /** Gives up: the peer hears the public code of the error, pending calls fail with it. Safe at any time, more than once. */
  abort(error: unknown): void;
  /** Bytes of all frames so far, bodies included, without HTTP/2 and TLS framing. */
  wireBytes(): { readonly sent: number; readonly received: number };
}

export interface SessionOptions {
  readonly role: 'caller' | 'callee';
  readonly peer: string;
  readonly binding: SessionBinding;
  readonly limits: SessionLimits;
  readonly onMessage?: (entry: TranscriptEntry) => void;
}

/** What the link feeds. */
export interface SessionInput {
  frame(bytes: Uint8Array): void;
  ended(): void;
  lost(error: Error): void;
}

/** Takes over a link whose opening frames have been exchanged; whoever listens to the link passes events on to `input`. */
export function openedSession(link: FrameLink, options: SessionOptions): { session: Session; input: SessionInput } {
  const core = new SessionCore(link, options);
  const { send, receive, traffic } = meter(core, options.onMessage);
  const session: Session = {
    peer: options.peer,
    binding: options.binding,
    signal: core.signal,
    send,
    receive,
    traffic,
    close: () => core.close(),
    abort: (error) => core.abort(error),
    wireBytes: () => core.wireBytes(),
  };
  return { session, input: core };
}

interface Waiter {
  readonly kind: string;
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

class SessionCore implements SessionInput {
  readonly #link: FrameLink;
  readonly #role: 'caller' | 'callee';
  readonly #peer: string;
  readonly #limits: SessionLimits;
  readonly #sent: Transcript;
  readonly #received: Transcript;
  readonly #assembler: Assembler;
  readonly #queue: ReceivedMessage[] = [];
  #queuedBytes = 0;
  #paused = false;
  #waiter: Waiter | undefined;
  #closeWaiter: { resolve: (close: CloseFrame) => void; reject: (error: Error) => void } | undefined;
  #peerClose: CloseFrame | undefined;
  #endWaiter: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #ended = false;
  #closing = false;
  #done = false;
  #failure: Error | undefined;
  #sending: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();
  #idleTimer: NodeJS.Timeout | undefined;
  #wireSent = 0;
  #wireReceived = 0;

  constructor(link: FrameLink, { role, peer, binding, limits }: SessionOptions) {
    this.#link = link;
    this.#role = role;
    this.#peer = peer;
    this.#limits = limits;
    this.#sent = new Transcript(binding, role);
    this.#received = new Transcript(binding, role === 'caller' ? 'callee' : 'caller');
    this.#assembler = new Assembler(peer, this.#received, limits.maxMessageBytes);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  wireBytes(): { sent: number; received: number } {
    return { sent: this.#wireSent, received: this.#wireReceived };
  }

  // ── sending ────────────────────────────────────────────────────────────────────────────────────────────────

  async send(kind: string, body: Uint8Array): Promise<void> {
    const max = this.#limits.maxMessageBytes;
    if (!isKind(kind)) throw new LocalProtocolError('ERR_LOCAL_MESSAGE_KIND', `"${kind}" is not a message kind`);
    if (body.length > max) throw new LocalProtocolError('ERR_LOCAL_TOO_LARGE', `${kind} has ${body.length} bytes, the limit is ${max}`);
    if (this.#closing) throw new LocalProtocolError('ERR_LOCAL_SESSION_CLOSED', `send(${kind}) after close`);
    // One message at a time on the wire; a caller may start the next before this one has left.
    const turn = this.#sending.then(() => this.#sendNow(kind, body));
    this.#sending = turn.catch(() => {});
    await turn;
  }

  async #sendNow(kind: string, body: Uint8Array): Promise<void> {
    const sequence = this.#sent.count;
    const transcript = this.#sent.append(kind, body.length, sha256(body));
    await this.#write({ type: 'message', sequence, kind, length: body.length, transcript });
    for (let offset = 0; offset < body.length; offset += CHUNK_BYTES) {
      await this.#write({ type: 'chunk', sequence, offset, body: body.subarray(offset, offset + CHUNK_BYTES) });
    }
  }

  async #write(frame: Frame): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#peerClose && !this.#closing) throw this.#violate('ERR_PEER_UNEXPECTED_MESSAGE', 'it ended the step before this side did');
    const bytes = encodeFrame(frame);
    this.#wireSent += bytes.length;
    await this.#inTime(this.#link.write(bytes), 'the peer stopped reading');
  }

  async #inTime<T>(promise: Promise<T>, problem: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#expire(problem)), this.#limits.idleTimeoutMs);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  // ── receiving ──────────────────────────────────────────────────────────────────────────────────────────────

  receive(kind: string): Promise<Uint8Array> {
    if (this.#waiter) {
      return Promise.reject(new LocalProtocolError('ERR_LOCAL_CONCURRENT_RECEIVE', `receive(${kind}) while another receive is pending`));
    }
    if (this.#closing) return Promise.reject(new LocalProtocolError('ERR_LOCAL_SESSION_CLOSED', `receive(${kind}) after close`));
    return new Promise((resolve, reject) => {
      this.#waiter = { kind, resolve, reject };
      this.#settle();
    });
  }

  /** Answers the pending receive, if there is anything to answer with: a message first, then an ending. */
  #settle(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    const message = this.#queue.shift();
    if (!(message || this.#failure || this.#peerClose)) {
      this.#watch();
      return;
    }
    this.#waiter = undefined;
    this.#unwatch();
    if (message) this.#deliver(waiter, message);
    else waiter.reject(this.#failure ?? this.#violate('ERR_PEER_UNEXPECTED_MESSAGE', `expected ${waiter.kind}, it ended the step`));
  }

  #deliver(waiter: Waiter, message: ReceivedMessage): void {
    this.#queuedBytes -= message.body.length;
    this.#regulate();
    if (message.kind === waiter.kind) waiter.resolve(message.body);
    else waiter.reject(this.#violate('ERR_PEER_UNEXPECTED_MESSAGE', `expected ${waiter.kind}, it sent ${message.kind}`));
  }

  /** Reads ahead, so that two sides that both send first do not wait for each other, but never past the cap. */
  #regulate(): void {
    const full = this.#queue.length > 0 && this.#queuedBytes > this.#limits.maxBufferedBytes;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#link.pause();
    else this.#link.resume();
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
    if (this.#idleTimer) this.#watch();
  }

  #accept(frame: Frame): void {
    if (frame.type === 'failure') {
      this.#fail(reportedError(this.#peer, frame));
      this.#link.end();
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
    if (!message) return;
    this.#queue.push(message);
    this.#queuedBytes += message.body.length;
    this.#settle();
    this.#regulate();
  }

  // ── ending ─────────────────────────────────────────────────────────────────────────────────────────────────

  #acceptClose(close: CloseFrame): void {
    this.#assembler.end(close);
    this.#peerClose = close;
    this.#closeWaiter?.resolve(close);
    this.#settle();
  }

  async close(): Promise<SessionReceipt> {
    if (this.#closing) throw new LocalProtocolError('ERR_LOCAL_SESSION_CLOSED', 'close after close');
    if (this.#waiter) throw new LocalProtocolError('ERR_LOCAL_CONCURRENT_RECEIVE', 'close while a receive is pending');
    await this.#sending;
    this.#closing = true;
    try {
      return await this.#closeNow();
    } catch (error) {
      this.abort(error);
      throw error;
    }
  }

  async #closeNow(): Promise<SessionReceipt> {
    if (this.#queue.length > 0) {
      throw violation(this.#peer, 'ERR_PEER_UNEXPECTED_MESSAGE', `it sent ${this.#queue[0].kind}, which nobody asked for`);
    }
    const { count, head } = this.#sent;
    const received = { count: this.#received.count, head: this.#received.head };
    await this.#write({ type: 'close', sent: count, received: received.count, sentTranscript: head, receivedTranscript: received.head });
    const close = this.#peerClose ?? (await this.#inTime(this.#nextClose(), 'the peer did not end the step'));
    if (close.sent !== received.count) throw violation(this.#peer, 'ERR_PEER_UNEXPECTED_MESSAGE', 'it sent messages nobody asked for');
    if (close.received !== count || !equalBytes(close.receivedTranscript, head)) {
      throw violation(this.#peer, 'ERR_PEER_ALTERED', `this side sent ${count} messages, it got ${close.received}, or not the same ones`);
    }
    await this.#finish();
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
    if (this.#role === 'caller') await this.#inTime(this.#streamEnd(), 'the peer did not confirm the end of the step');
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
    if (this.#over()) return;
    this.#fail(new TransportError('ERR_TRANSPORT_CLOSED', 'the peer hung up in the middle of the step', { help: 'Run the step again.' }));
    this.#link.end();
  }

  lost(error: Error): void {
    if (!(this.#done || (this.#ended && this.#over()))) this.#fail(error);
  }

  /** Both have said close: the end of the stream is no surprise. */
  #over(): boolean {
    return this.#done || (this.#closing && this.#peerClose !== undefined);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stop.abort(this.#failure);
    this.#closeWaiter?.reject(this.#failure);
    this.#endWaiter?.reject(this.#failure);
    this.#settle();
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────

  #watch(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#expire('the peer sent nothing'), this.#limits.idleTimeoutMs);
  }

  #unwatch(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
  }

  #expire(problem: string): TransportError {
    const error = new TransportError('ERR_TRANSPORT_TIMEOUT', `${problem} for ${this.#limits.idleTimeoutMs / 1000} s`, {
      help: 'Check the peer and the link; raise idleTimeoutMs if the peer needs longer to compute.',
    });
    this.abort(error);
    return error;
  }

  /** A violation found outside the reading of a frame: ends the session and tells the peer. */
  #violate(code: `ERR_PEER_${string}`, problem: string): PeerProtocolError {
    const error = violation(this.#peer, code, problem);
    this.abort(error);
    return error;
  }
}
