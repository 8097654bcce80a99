// Every shipped form from mail to receipt: with script off.
import { walkEach } from "./every-form.mjs";

walkEach("script off");
