import type { Clock } from '@hospital/kernel';
import { isLoopback } from '../domain/subscription';
import type { Adapter } from './adapter';
import { Undelivered } from './delivering';

export interface MailSettings {
  /** `smtp://…` (TLS by STARTTLS) or `smtps://…`, with name and password when the server wants them. */
  readonly server: string;
  readonly from: string;
  readonly clock: Clock;
}

/** Shorter than the time a delivery is given, so that a reason is known. */
const PATIENCE = 8_000;

/** One mail in two languages. Without TLS it goes to a server on this machine only, whatever the server offers. */
export const mail = ({ server, from, clock }: MailSettings): Adapter => {
  const { protocol, hostname, port, username, password } = new URL(server);
  const secure = protocol === 'smtps:';
  const transport = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && !isLoopback(hostname),
    // A certificate for this machine's own name nobody has.
    ignoreTLS: !secure && isLoopback(hostname),
    ...(username ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    disableFileAccess: true,
    disableUrlAccess: true,
  };

  return async ({ id, text, textEn }, address) => {
    const { createTransport } = await import('nodemailer');
    await createTransport(transport)
      .sendMail({
        from,
        // As parts: a text would be read as a list.
        to: { name: '', address },
        subject: text,
        text: `${text}。\n${textEn}.\n`,
        textEncoding: 'base64',
        // Brought twice, it is the same mail.
        messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
        date: new Date(clock.now()),
        headers: { 'X-Hospital-Delivery': id, 'Auto-Submitted': 'auto-generated' },
      })
      .catch((error: { code?: unknown; responseCode?: unknown }) => {
        throw reasonOf(error);
      });
  };
};

/** A server's lasting refusal (5xx) of the mailbox is final; one of us, or of the moment, may pass. */
function reasonOf({ code, responseCode }: { code?: unknown; responseCode?: unknown }): Undelivered {
  if (typeof responseCode === 'number') return new Undelivered(`SMTP_${responseCode}`, responseCode >= 500 && code === 'EENVELOPE');
  return new Undelivered(typeof code === 'string' && /^E[A-Z]{2,20}$/.test(code) ? `SMTP_${code}` : 'SMTP_FAILED');
}
