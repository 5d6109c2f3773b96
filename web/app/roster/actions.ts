/** What can be done with a machine: one list for the menus of the roster and for the command palette. */
import type { Domain } from '../domains/domain.ts';

export interface DomainAction {
  readonly label: string;
  readonly icon: string;
  readonly enabled: boolean;
  readonly run: () => void | Promise<void>;
}

/** What the list cannot do by itself. */
export interface DomainDeeds {
  rename(domain: Domain): void;
  settings(domain: Domain): void;
  delete(domain: Domain): void;
  snapshots(): void;
  save(domain: Domain): Promise<void>;
  restore(domain: Domain): Promise<void>;
  fork(domain: Domain): Promise<void>;
  exportFile(domain: Domain): Promise<void>;
  coldBoot(domain: Domain): Promise<void>;
}

export function actionsOf(domain: Domain, deeds: DomainDeeds): DomainAction[] {
  const { live, activity, answers } = domain;
  const paused = domain.machine?.state === 'paused';
  const idle = activity.kind !== 'loading';
  return [
    {
      label: live ? 'Power off' : 'Power on',
      icon: 'power',
      enabled: idle && answers,
      run: () => domain.togglePower(),
    },
    {
      label: paused ? 'Resume' : 'Pause',
      icon: paused ? 'resume' : 'pause',
      enabled: live && answers,
      run: () => domain.togglePause(),
    },
    { label: 'Reset', icon: 'reset', enabled: idle && answers, run: () => domain.reset() },
    ...(domain.resumed
      ? [{ label: 'Cold boot', icon: 'reset', enabled: idle && answers, run: () => deeds.coldBoot(domain) }]
      : []),
    ...(answers ? [] : [{ label: 'End it', icon: 'close', enabled: true, run: () => domain.end() }]),
    ...(live && answers
      ? [
          { label: 'Save', icon: 'save', enabled: true, run: () => deeds.save(domain) },
          { label: 'Fork', icon: 'fork', enabled: true, run: () => deeds.fork(domain) },
          { label: 'Export as a file', icon: 'file', enabled: true, run: () => deeds.exportFile(domain) },
        ]
      : []),
    ...(domain.snapshot && idle
      ? [{ label: 'Restore the last save', icon: 'restore', enabled: true, run: () => deeds.restore(domain) }]
      : []),
    { label: 'Snapshots…', icon: 'snapshots', enabled: true, run: () => deeds.snapshots() },
    { label: 'Rename…', icon: 'rename', enabled: true, run: () => deeds.rename(domain) },
    { label: 'Settings and switches', icon: 'sliders', enabled: true, run: () => deeds.settings(domain) },
    { label: 'Delete', icon: 'delete', enabled: true, run: () => deeds.delete(domain) },
  ];
}
