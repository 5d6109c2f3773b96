/** How a guest can be virtualized. The host reads it from the text here; there is no other list. */
import { FLAVOURS_TEXT } from './layout';
import { writeText } from './text';

/** Lines of: name, title, a colon, what it means. The first is what a machine has unless told otherwise. */
const LINES: string = `full Full virtualization: the guest is unmodified and sees a whole PC
`;
export const FLAVOURS: usize = FLAVOURS_TEXT;
writeText(FLAVOURS, LINES);
