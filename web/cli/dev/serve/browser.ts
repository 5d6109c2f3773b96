/** Opens the page in a browser where a person sits before one; silently does nothing elsewhere. */
import { spawn } from 'node:child_process';

/** True when a browser would open on the screen of whoever typed the command. */
export function canOpenBrowser(env: NodeJS.ProcessEnv, interactive: boolean, platform: NodeJS.Platform): boolean {
  if (!interactive || env['CI'] || env['SSH_CONNECTION'] || env['SSH_TTY']) return false;
  return platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

export function openBrowser(url: string): void {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform as string] ?? [
    'xdg-open',
  ];
  if (command === undefined) return;
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  // No opener installed: the address was printed
  child.on('error', () => undefined);
  child.unref();
}
