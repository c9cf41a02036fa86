/** An error for people (what happened, what to do, the code) or for machines (one JSON line). A stack only with --debug: it names files. */
import { CommanderError } from 'commander';
import { FedcreditError } from '../base/index.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';

export function printError(error: unknown, { json, debug }: { json: boolean; debug: boolean }, to: { write(text: string): unknown }): void {
  if (json) {
    to.write(
      `${JSON.stringify({ event: 'error', exitCode: error instanceof CommanderError ? EXIT.input : exitCodeOf(error), ...machineError(error, debug) })}\n`,
    );
    return;
  }
  to.write(`${humanError(error)}\n`);
  if (debug) to.write(`${stackOf(error)}\n`);
}

function machineError(error: unknown, debug: boolean): Record<string, unknown> {
  const stack = debug ? { stack: stackOf(error) } : {};
  if (error instanceof FedcreditError) return { ...error.toJSON(), ...stack };
  if (error instanceof CommanderError) return { error: 'UsageError', code: 'ERR_CLI_USAGE', blame: 'input', message: usageMessage(error) };
  return { error: 'InternalError', code: 'ERR_INTERNAL', blame: 'local', message: 'an unexpected error: a bug', ...stack };
}

const usageMessage = ({ message }: CommanderError): string => message.replace(/^error: /, '').replaceAll('\n', ' ');

function humanError(error: unknown): string {
  if (error instanceof FedcreditError) {
    const help = error.help ? `\n  ${error.help}` : '';
    return `error: ${error.message}${help}\n  [${error.code}]`;
  }
  const kind = error instanceof Error ? error.name : typeof error;
  return `error: an unexpected ${kind}: this is a bug of fedcredit\n  Run the command again with --debug and report what it prints, after you have read that it holds no data.\n  [ERR_INTERNAL]`;
}

/** The stack and those of the causes underneath. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error.stack) : `${error.stack}\ncaused by ${stackOf(error.cause)}`;
}
