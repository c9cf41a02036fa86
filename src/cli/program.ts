/** The command line: global options, commands from `commands/`, errors to exit statuses. */
import { Command, CommanderError, Option } from 'commander';
import { LIBRARY_VERSION } from '../adapters/grpc/index.ts';
import type { CommandModule } from './command.ts';
import { commands } from './commands/index.ts';
import { EXIT, EXIT_HELP, exitCodeOf } from './exit-codes.ts';
import { printError } from './print-error.ts';
import { createUi, displayWidth, type UiOptions, type UiStreams } from './ui.ts';

const INTRODUCTION = `fedcredit: privacy-preserving federated credit modelling (可用不可见)

A platform (特征方, feature holder) and a bank (标签方, label party) each run their own side; records never leave their holder.`;

const START = `
Start here:
  $ fedcredit init federation     certificates and commented configuration for two parties
  $ fedcredit node -c federation/platform/platform.yaml
  $ fedcredit check -c federation/bank/bank.yaml`;

const GROUPS: Readonly<Record<string, string>> = { audit: 'Look into audit logs (审计日志).' };

/** Runs one command line and returns its exit status. Writes only to `streams`. */
export async function run(args: readonly string[], streams: UiStreams = { out: process.stdout, err: process.stderr }): Promise<number> {
  let status: number = EXIT.ok;
  const json = args.includes('--json');
  // Commander writes usage errors for people; machines get theirs as an event below.
  const shown = json ? { ...streams, err: { write: () => true } } : streams;
  const program = createProgram(shown, async (module, positional, options) => {
    status = await runCommand(module, positional, options, streams);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    return usageStatus(error, { json, debug: args.includes('--debug') }, streams);
  }
}

type Act = (module: CommandModule, args: readonly string[], options: Record<string, unknown>) => Promise<void>;

function createProgram({ out, err }: UiStreams, act: Act): Command {
  const program = configure(new Command('fedcredit'), { out, err })
    .description(INTRODUCTION)
    .version(LIBRARY_VERSION, '-V, --version')
    .addOption(new Option('--json', 'JSON lines on standard output, for machines').default(false))
    .addOption(new Option('-q, --quiet', 'results and errors only').default(false))
    .addOption(new Option('--debug', 'stacks of errors').default(false))
    .addHelpText('after', `${START}\n\n${EXIT_HELP}`);
  for (const module of commands) {
    const command = configure(parentOf(program, module, { out, err }).command(module.name.split(' ').at(-1) ?? module.name), { out, err });
    module.define(command);
    command.action(async () => act(module, command.args, command.optsWithGlobals()));
  }
  return program;
}

function parentOf(program: Command, { name }: CommandModule, streams: UiStreams): Command {
  if (!name.includes(' ')) return program;
  const [group] = name.split(' ');
  const found = program.commands.find((command) => command.name() === group);
  return found ?? configure(program.command(group), streams).description(GROUPS[group] ?? group);
}

function configure(command: Command, { out, err }: UiStreams): Command {
  return command
    .exitOverride()
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) })
    .configureHelp({ displayWidth, showGlobalOptions: true })
    .showHelpAfterError('(add --help for what it can do)')
    .showSuggestionAfterError(true);
}

async function runCommand(
  module: CommandModule,
  args: readonly string[],
  options: Record<string, unknown>,
  streams: UiStreams,
): Promise<number> {
  const ui = createUi(uiOptions(options), streams);
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(signal);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const status = await module.run(args, options, { ui, signal: stop.signal });
    ui.endProgress();
    return status;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    ui.fail(error);
    return exitCodeOf(error);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

const uiOptions = (options: Record<string, unknown>): UiOptions => ({
  json: options.json === true,
  quiet: options.quiet === true,
  debug: options.debug === true,
});

/** Commander has printed its own message already, except for machines. */
function usageStatus(error: unknown, options: { json: boolean; debug: boolean }, { out, err }: UiStreams): number {
  if (!(error instanceof CommanderError)) {
    printError(error, options, options.json ? out : err);
    return exitCodeOf(error);
  }
  if (error.exitCode === 0) return EXIT.ok;
  if (options.json) printError(error, options, out);
  return EXIT.input;
}
