/** Everything that can be done, for the palette: the page's commands, each machine's, its switches, images, help. */
import type { Acceleration } from '../../client/index.ts';
import type { Domain } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import { topics } from '../help/topics.ts';
import type { Topic } from '../help/topics.ts';
import { shortcuts } from '../page/commands.ts';
import type { CommandName } from '../page/commands.ts';
import { engines } from '../page/machine-panel.ts';
import { actionsOf } from '../roster/actions.ts';
import type { DomainDeeds } from '../roster/actions.ts';
import type { Library, LibraryImage } from '../session/library.ts';
import type { EngineChoice } from '../../client/index.ts';

export interface Entry {
  readonly label: string;
  readonly keys?: readonly string[] | undefined;
  readonly run: () => void;
}

export interface Sources {
  readonly domains: Domains;
  readonly library: Library;
  readonly deeds: DomainDeeds;
}

export interface EntryDeeds {
  pick(image: LibraryImage): void;
  build(image: LibraryImage): void;
  inspect(tab: 'switches' | 'charts' | 'settings'): void;
  help(topic: Topic['id']): void;
  report(done: Promise<void>): void;
}

/** Not in the palette: itself, and what only makes sense at a place. */
const LEFT_OUT: ReadonlySet<CommandName> = new Set(['palette', 'paste', 'copy', 'pause', 'reset', 'power']);

export async function entriesOf(
  sources: Sources,
  run: (command: CommandName) => void,
  deeds: EntryDeeds,
): Promise<Entry[]> {
  const { current, list } = sources.domains;
  return [
    ...(current ? machineEntries(current, sources.deeds, deeds) : []),
    ...list
      .filter((domain) => domain !== current)
      .map((domain) => ({ label: `Show ${domain.name}`, run: () => sources.domains.select(domain) })),
    ...shortcuts
      .filter(({ command }) => !LEFT_OUT.has(command))
      .map(({ command, about, keys }) => ({ label: about, keys, run: () => run(command) })),
    ...imageEntries(sources.library, deeds),
    ...(current ? await switchEntries(current, deeds) : []),
    ...(['switches', 'charts', 'settings'] as const).map((tab) => ({
      label: `Open ${tab}`,
      run: () => deeds.inspect(tab),
    })),
    ...topics.map(({ id, title }) => ({ label: `Help: ${title}`, run: () => deeds.help(id) })),
  ];
}

function machineEntries(domain: Domain, domainDeeds: DomainDeeds, { report }: EntryDeeds): Entry[] {
  return actionsOf(domain, domainDeeds)
    .filter(({ enabled }) => enabled)
    .map(({ label, run }) => ({ label: `${label} (${domain.name})`, run: () => report(Promise.resolve(run())) }));
}

function imageEntries({ state, canBuild }: Library, { pick, build }: EntryDeeds): Entry[] {
  return state.images.flatMap((image) => {
    if (image.state === 'ready') return [{ label: `New machine: ${image.title}`, run: () => pick(image) }];
    return image.state === 'missing' && canBuild ? [{ label: `Build ${image.title}`, run: () => build(image) }] : [];
  });
}

async function switchEntries(domain: Domain, { report }: EntryDeeds): Promise<Entry[]> {
  const found = domain.answers ? await domain.machine?.accelerations().catch(() => undefined) : undefined;
  const toggles = (found ?? []).filter(({ max }) => max === 1).map((one) => toggle(domain, one, report));
  const others = Object.entries(engines)
    .filter(([engine]) => engine !== domain.settings.engine)
    .map(([engine, { name }]) => ({
      label: `Engine: ${name}`,
      run: () => report(domain.setEngine(engine as EngineChoice)),
    }));
  return [...others, ...toggles];
}

function toggle(
  domain: Domain,
  { name, value, default: standard, description }: Acceleration,
  report: EntryDeeds['report'],
): Entry {
  const next = value === 1 ? 0 : 1;
  return {
    label: `Switch ${name} ${next ? 'on' : 'off'}: ${description}`,
    run: () => report(domain.setAcceleration(name, next, standard)),
  };
}
