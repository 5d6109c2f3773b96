/**
 * Guest images for programs in Node: which there are, what state they are in, where their files lie, and how to build
 * them. The folder `images/` beside this file has the parts; docs/images.md tells how to write a recipe.
 */
export { buildImage, type BuildOptions } from './images/build.ts';
export type { Places } from './images/catalogue.ts';
export { imagesCommand } from './images/command.ts';
export { ENGINES, type Engine } from './images/container.ts';
export { ImageError } from './images/error.ts';
export type { BuiltFile, BuiltPackage, ImageManifest, Licence, RecipeManifest, Role } from './images/manifest.ts';
export type { ImageProgress } from './images/progress.ts';
export { imageStatus, listImages, resolveImage } from './images/status.ts';
export type { ImageState, ImageStatus, ResolvedImage } from './images/status.ts';
