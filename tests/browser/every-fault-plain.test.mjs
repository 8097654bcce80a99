// Every page of every shipped form handed in wrong: with script off.
import { walkEach } from "./every-form.mjs";

walkEach("script off", (walk) => walk.goWrong());
