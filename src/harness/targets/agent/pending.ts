/** Requests on their way: what is sent now, what waits for room, and what each answer belongs to. */

import type { CcwspecError } from '../../errors/index.js';
import type { Answer } from './answers.js';
import { runsApart } from './frame.js';
import type { Request } from './requests.js';

/** A request whose answer has not come. */
export interface Pending {
  readonly id: number;
  readonly request: Request;
  readonly length: number;
  readonly apart: boolean;
  /** gives the answer to whom it concerns; may throw AnswerError */
  readonly settle: (answer: Answer) => void;
  readonly reject: (error: CcwspecError) => void;
  timer: NodeJS.Timeout | undefined;
  sent: boolean;
  /** its time was over: its answer, if it still comes, is passed over */
  abandoned: boolean;
}

/** Requests that the agent runs apart at one time. */
const MOST_APART = 16;

/**
 * The order in which requests go out: as they come, but no more unanswered bytes than the window, no more run apart than the
 * agent takes, and nothing while the stream is full. A request larger than the window goes alone.
 */
export class Outbox {
  readonly #byId = new Map<number, Pending>();
  #queue: Pending[] = [];
  #queueApart: Pending[] = [];
  #unanswered = 0;
  #apart = 0;
  #full = false;
  #lastId = 0;

  /**
   * @param window bytes that may be unanswered at a time
   * @param write gives a frame to the stream; false if it is full now
   */
  constructor(
    private readonly window: number,
    private readonly write: (frame: Buffer) => boolean,
  ) {}

  /** True if a request would have to wait before it goes out. */
  get isFull(): boolean {
    return this.#full || this.#queue.length > 0 || this.#unanswered >= this.window;
  }

  /** Every request whose answer has not come and that nobody has given up. */
  get waiting(): Pending[] {
    return [...this.#byId.values()].filter(({ abandoned }) => !abandoned);
  }

  /** Sends a request, now or when there is room. */
  add(request: Request, settle: Pending['settle'], reject: Pending['reject']): Pending {
    const { frame } = request;
    const pending: Pending = {
      id: this.#nextId(),
      request,
      length: frame.length,
      apart: runsApart(frame),
      settle,
      reject,
      timer: undefined,
      sent: false,
      abandoned: false,
    };
    this.#byId.set(pending.id, pending);
    if (pending.apart && this.#apart >= MOST_APART) this.#queueApart.push(pending);
    else {
      if (pending.apart) this.#apart++;
      if (this.#queue.length === 0 && this.#fits(pending)) this.#send(pending);
      else this.#queue.push(pending);
    }
    return pending;
  }

  /** The request that an answer belongs to, which is now off the list; undefined if there is none. */
  take(id: number): Pending | undefined {
    const pending = this.#byId.get(id);
    if (pending?.sent !== true) return undefined;
    this.#byId.delete(id);
    if (!pending.abandoned) this.#unanswered -= pending.length;
    if (pending.apart) this.#endApart();
    if (this.#queue.length > 0) this.#pump();
    return pending;
  }

  /** Gives up waiting for an answer. */
  abandon(pending: Pending): void {
    pending.abandoned = true;
    if (pending.sent) {
      // It may be answered yet; its bytes have long been taken in.
      this.#unanswered -= pending.length;
    } else {
      this.#byId.delete(pending.id);
      const others = (other: Pending): boolean => other !== pending;
      if (this.#queueApart.includes(pending)) this.#queueApart = this.#queueApart.filter(others);
      else if (pending.apart) this.#endApart();
      this.#queue = this.#queue.filter(others);
    }
    this.#pump();
  }

  /** The stream has room again. */
  drained(): void {
    this.#full = false;
    this.#pump();
  }

  #fits({ length }: Pending): boolean {
    return !this.#full && (this.#unanswered === 0 || this.#unanswered + length <= this.window);
  }

  #send(pending: Pending): void {
    pending.sent = true;
    this.#unanswered += pending.length;
    if (!this.write(pending.request.withId(pending.id))) this.#full = true;
  }

  #pump(): void {
    for (let first = this.#queue[0]; first !== undefined && this.#fits(first); first = this.#queue[0]) {
      this.#queue.shift();
      this.#send(first);
    }
  }

  /** One that ran apart has ended, or will not begin: the next may. */
  #endApart(): void {
    this.#apart--;
    const next = this.#queueApart.shift();
    if (next === undefined) return;
    this.#apart++;
    this.#queue.push(next);
    this.#pump();
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
    while (this.#byId.has(this.#lastId));
    return this.#lastId;
  }
}
