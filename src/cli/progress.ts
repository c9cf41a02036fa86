/** Progress of long work, for people: a bar that redraws itself on a terminal, or a line for every tenth in a log. */
import stringWidth from 'string-width';
import type { ProgressEvent } from '../base/index.ts';

export interface ProgressView {
  show(event: ProgressEvent): void;
  /** Ends the bar's line. */
  end(): void;
}

const BAR_CELLS = 24;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[2K';

const share = ({ done, total }: ProgressEvent): number => (total > 0 ? Math.min(1, done / total) : 1);

export function barText(event: ProgressEvent): string {
  const part = share(event);
  const full = Math.round(part * BAR_CELLS);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
  const note = event.note ? ` · ${event.note}` : '';
  return `${event.stage}  ${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${event.done}/${event.total} ${event.unit}${note}`;
}

/** One line that redraws itself; a finished stage keeps its line. */
export function ttyProgress(stream: { write(text: string): unknown; readonly columns?: number }): ProgressView {
  let stage: string | undefined;
  return {
    show(event) {
      if (stage !== undefined && stage !== event.stage) stream.write('\n');
      stage = event.stage;
      stream.write(CLEAR_LINE + clip(barText(event), (stream.columns ?? DEFAULT_COLUMNS) - 1));
      if (share(event) === 1) {
        stream.write('\n');
        stage = undefined;
      }
    },
    end() {
      if (stage !== undefined) stream.write('\n');
      stage = undefined;
    },
  };
}

/** A line when a stage begins, at every tenth, and when it ends. */
export function lineProgress(write: (line: string) => void): ProgressView {
  let stage: string | undefined;
  let tenth = -1;
  return {
    show(event) {
      const now = Math.floor(share(event) * 10);
      if (stage === event.stage && now <= tenth) return;
      stage = event.stage;
      tenth = now;
      const note = event.note ? ` (${event.note})` : '';
      write(`${event.stage}: ${event.done} of ${event.total} ${event.unit}${note}`);
    },
    end() {},
  };
}

function clip(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let kept = '';
  for (const character of text) {
    if (stringWidth(kept) + stringWidth(character) >= columns) break;
    kept += character;
  }
  return `${kept}…`;
}
