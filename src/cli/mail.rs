//! The command `send-test-letter`: whether letters get through, and if not, where they stop.
use std::process::ExitCode;

use clap::Args;

use super::asking::{SettingsArgs, config_of, failed, say};
use crate::app::machine_clock;
use crate::config::{Config, MailTransport, TlsMode};
use crate::mail::{Address, Outgoing, Passed, Recipient, ReturnPath};
use crate::server::smtp_settings;

#[derive(Args)]
pub struct TestLetterArgs {
    /// Who gets the letter; best yourself, so that you see whether it arrives
    #[arg(value_name = "ADDRESS")]
    to: String,
    /// Sender, where mail.from is not set: the one that a collection will have
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Needs no store, so it runs beside the server and before there is one.
pub fn send_test_letter(args: &TestLetterArgs) -> ExitCode {
    match sent(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(text) => failed(&text),
    }
}

fn sent(args: &TestLetterArgs) -> Result<bool, String> {
    let config = config_of(&args.settings)?;
    let MailTransport::Smtp(smtp) = &config.mail.transport else {
        return Err(
            "mail.transport er outbox: breve lægges som filer i DATA/outbox, og der er ingen mailserver at prøve. \
             Sæt mail.transport = \"smtp\" og mail.host."
                .into(),
        );
    };
    let letter = letter(args, &config)?;
    let settings = smtp_settings(smtp);
    let path = config.mail.return_path.as_deref();
    let path = path.and_then(ReturnPath::parse);
    let way = match smtp.tls {
        TlsMode::StartTls => "STARTTLS (krævet)",
        TlsMode::Implicit => "TLS fra første byte",
        TlsMode::None => "uden kryptering",
    };
    let login = if smtp.login.is_some() {
        "der logges ind"
    } else {
        "der logges ikke ind"
    };
    say(&format!(
        "Mailserver {} port {}, {way}, {login}",
        smtp.host, smtp.port
    ));
    let taken = settings.walk(&letter, path.as_ref(), machine_clock(), &mut tell);
    if taken {
        say(
            "\nMailserveren har taget imod brevet. Se efter det i postkassen. Kommer det ikke, så se i spamfilteret, \
             og se SPF, DKIM og DMARC efter for afsenderens domæne.",
        );
    }
    Ok(taken)
}

fn tell(passed: &Passed) {
    let station = passed.station.danish();
    match &passed.words {
        Ok(words) => say(&format!("  ok    {station}: {words}")),
        Err(fault) => say(&format!(
            "  FEJL  {station}: {}\n\n{}",
            fault.reply,
            passed.station.remedy(fault)
        )),
    }
}

fn letter(args: &TestLetterArgs, config: &Config) -> Result<Outgoing, String> {
    let address = |what: &str, text: &str| {
        Address::parse(text).map_err(|invalid| format!("{what} {invalid}"))
    };
    let to = address("Modtageren", &args.to)?;
    // As for real letters: the configured sender goes before any other.
    let from = config.mail.from.as_deref().or(args.from.as_deref());
    let from = from.ok_or(
        "Der er ingen afsender: mail.from er ikke sat. Angiv --from med den adresse, som indsamlingen sender fra.",
    )?;
    let from = address("Afsenderen", from)?;
    Ok(Outgoing {
        from: Recipient::new("Samsvar", from),
        to: Recipient::new("", to),
        reply_to: None,
        subject: "Prøvebrev fra Samsvar".into(),
        text: format!(
            "Dette er et prøvebrev fra Samsvar på {}.\n\nNår du læser det, når breve frem til denne adresse. \
             Brevet indeholder intet link og skal ikke besvares.\n",
            config.base_url
        ),
        html: None,
        attachments: Vec::new(),
    })
}
