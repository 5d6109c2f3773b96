/**
 * What page and server say to each other about images; types only. On a static host `images/index.json` holds a
 * LibraryState; the server of `npm start` sends one at each change.
 */
export interface LibraryImage {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Bytes to download, when known. */
  readonly size?: number | undefined;
  /** As createMachine() takes it: '64M'. */
  readonly memory?: string | undefined;
  readonly commandLine?: string | undefined;
  /** It has the agent for commands and files. */
  readonly agent?: boolean | undefined;
  /** ready: kernel and initrd can be fetched.  missing: it has to be built. */
  readonly state: 'ready' | 'building' | 'missing';
  /** URLs relative to the page, of a ready image. */
  readonly kernel?: string | undefined;
  readonly initrd?: string | undefined;
  /** A snapshot of it, booted, to start from; URL as above. */
  readonly booted?: string | undefined;
}

export interface BuildStatus {
  readonly name: string;
  readonly step: string;
  /** 0 to 1; undefined while it cannot be told. */
  readonly fraction?: number | undefined;
  /** Set when the build has failed. */
  readonly error?: string | undefined;
}

export interface LibraryState {
  readonly images: readonly LibraryImage[];
  /** The image that the server was asked to start with. */
  readonly start?: string | undefined;
  readonly build?: BuildStatus | undefined;
  /** The machine's own program is being compiled; it comes as soon as that is done. */
  readonly core?: 'building' | undefined;
}
