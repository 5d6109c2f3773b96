/** The page's entry. */
import { Page } from './page/page.ts';

void new Page().start();
