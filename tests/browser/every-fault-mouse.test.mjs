// Every page of every shipped form handed in wrong: with mouse and script.
import { walkEach } from "./every-form.mjs";

walkEach("mouse", (walk) => walk.goWrong());
