/** A command is a file in `commands/` that exports one of these; `commands/index.ts` lists them. */
import type { Command } from 'commander';
import type { Ui } from './ui.ts';

export interface CommandContext {
  readonly ui: Ui;
  /** Aborted by Ctrl-C and SIGTERM; a second signal kills. */
  readonly signal: AbortSignal;
}

export interface CommandModule {
  /** "run", or "audit verify" for a command in a group. */
  readonly name: string;
  /** Adds arguments, options, description and examples to the empty command of that name. */
  readonly define: (command: Command) => void;
  /** Does the work and returns the exit status; errors are thrown. */
  readonly run: (args: readonly string[], options: Readonly<Record<string, unknown>>, context: CommandContext) => Promise<number>;
}

/** Help text behind the options: examples with a line on each. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  return `\nExamples:\n${lines.map(([command, what]) => `  $ ${command}\n      ${what}`).join('\n')}\n`;
}
