// A real SMTP server on this machine that takes letters over STARTTLS only, and lets the tests read them.
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";
import { temporaryDirectory } from "./harness.mjs";
import { eventually } from "./visitor.mjs";

export const LOGIN = { user: "samsvar@example.dk", pass: "kun-til-proeven" };

/** Starts it on a free port. `caFile` is the authority that signed its certificate for `localhost`. */
export async function startMailServer({ secured = true } = {}) {
  const directory = await temporaryDirectory();
  const { key, cert, caFile } = await certificate(directory);
  const letters = [];
  const sessions = [];
  let refusals = 0;
  let refused = 0;
  const server = new SMTPServer({
    key,
    cert,
    hideSTARTTLS: !secured,
    authOptional: false,
    allowInsecureAuth: !secured,
    disableReverseLookup: true,
    onAuth(auth, session, answer) {
      sessions.push({ secure: session.secure });
      const known = auth.username === LOGIN.user && auth.password === LOGIN.pass;
      answer(known ? null : new Error("unknown user"), known ? { user: auth.username } : undefined);
    },
    onRcptTo(address, session, answer) {
      if (refusals > 0) {
        refusals -= 1;
        refused += 1;
        return answer(Object.assign(new Error("try again later"), { responseCode: 451 }));
      }
      return answer();
    },
    onData(stream, session, answer) {
      const chunks = [];
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("end", async () => {
        const raw = Buffer.concat(chunks);
        const letter = await PostalMime.parse(raw);
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        letters.push({ ...letter, raw: raw.toString("utf8"), recipients, returnPath: session.envelope.mailFrom.address, secure: session.secure });
        answer();
      });
    },
  });
  server.on("error", () => {});
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.server.address().port,
    caFile,
    letters,
    sessions,
    /** Refuses the next `count` recipients for now, as a busy server does. */
    refuseFor(count) {
      refusals = count;
    },
    /** How often it has refused. */
    refused: () => refused,
    /** Waits for a letter to an address whose subject or text matches. */
    letterTo(address, pattern = /./) {
      const found = () =>
        letters.findLast(({ recipients, subject, text }) => recipients.includes(address) && pattern.test(`${subject}\n${text}`));
      return eventually(found, `a letter to ${address} that matches ${pattern}`, 60_000);
    },
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The first link in a letter's text whose path starts like this. */
export function linkIn(letter, start) {
  const found = letter.text.match(/https?:\/\/\S+/g)?.find((href) => new URL(href).pathname.startsWith(start));
  if (!found) throw new Error(`no ${start} link in the letter »${letter.subject}«`);
  return found;
}

/** Gives a mail to a receiver on this machine, as the site's mail server does; from nobody, as a bounce. */
export async function deliver(port, recipient, mail) {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("utf8");
  const replies = socket[Symbol.asyncIterator]();
  const reply = async (code) => {
    const { value = "" } = await replies.next();
    if (!value.startsWith(code)) throw new Error(`the receiver said »${value.trim()}«, not ${code}`);
  };
  await reply("220");
  const text = mail.replaceAll(/\r?\n/g, "\r\n").replaceAll(/^\./gm, "..");
  for (const [line, code] of [["HELO localhost", "250"], ["MAIL FROM:<>", "250"], [`RCPT TO:<${recipient}>`, "250"], ["DATA", "354"], [`${text}\r\n.`, "250"], ["QUIT", "221"]]) {
    socket.write(`${line}\r\n`);
    await reply(code);
  }
  socket.destroy();
}

/** An authority of the test's own, and a certificate for `localhost` that it signed; both live for a day. */
async function certificate(directory) {
  const openssl = (...args) => promisify(execFile)("openssl", args, { cwd: directory });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl("req", "-x509", ...curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "1", "-subj", "/CN=Test authority");
  await openssl(
    "req", "-x509", ...curve, "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "mail.key", "-out", "mail.pem",
    "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
    "-addext", "basicConstraints=critical,CA:FALSE",
  );
  return {
    key: await readFile(path.join(directory, "mail.key")),
    cert: await readFile(path.join(directory, "mail.pem")),
    caFile: path.join(directory, "ca.pem"),
  };
}
