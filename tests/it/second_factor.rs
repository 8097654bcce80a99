//! The code from an app: turned on, asked for, used up, lost and reset.
use actix_web::http::StatusCode;
use samsvar::actions::{people, second_factor};
use samsvar_core::access::Staff;
use samsvar_core::events::Actor;
use samsvar_core::roles::Role;
use samsvar_core::second_factor::{LOCKED_MINUTES, MOST_WRONG, SecondFactor};

use crate::page::Page;
use crate::people::{SECRETARY, Server, Visitor};

const HERE: &str = "/sekretariat/mig/kode";

/// The code that an app with that secret shows now: an own reckoning over the library's hash.
fn shown_by_app(server: &Server) -> String {
    shown_at(server, server.app.now().timestamp())
}

fn shown_at(server: &Server, second: i64) -> String {
    let factor = second_factor::of(&server.app, SECRETARY).unwrap().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = factor
        .secret
        .chars()
        .map(|c| format!("{:05b}", alphabet.find(c).unwrap()))
        .collect();
    let secret: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    use ring::hmac;
    let hmac_key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let step = (second / 30).to_be_bytes();
    let mac = hmac::sign(&hmac_key, &step);
    let mac = mac.as_ref();
    let at = usize::from(mac[19] & 15);
    let number = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A signed-in browser whose owner has turned the code on, and the recovery codes.
async fn with_code(server: &Server) -> (Visitor, Vec<String>) {
    let visitor = server.secretary().await;
    let own = visitor.get("/sekretariat/mig").await;
    let begun = visitor.presses(&own, &[], "Slå kode fra en app til").await;
    assert_eq!(begun.location(), HERE);
    let page = visitor.follows(&begun).await;
    let factor = second_factor::of(&server.app, SECRETARY).unwrap().unwrap();
    assert!(page.words().contains(&factor.grouped_secret()));
    assert_eq!(page.count("svg path"), 1, "the picture");
    assert_eq!(
        page.attributes("a[href^=otpauth]", "href"),
        [factor.app_link()]
    );
    assert_eq!(
        page.count("[style]"),
        0,
        "the policy forbids styles in the page"
    );

    let wrong = visitor
        .presses(&page, &[("kode", "000000")], "Slå koden til")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.error_at("kode").contains("forkert"));
    let code = shown_by_app(server);
    let on = visitor
        .presses(&page, &[("kode", &code)], "Slå koden til")
        .await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.words());
    let codes = on.all("main li code");
    assert_eq!(codes.len(), 10);
    (visitor, codes)
}

/// A new browser at the button of a fresh sign-in link.
async fn at_the_door(server: &Server) -> (Visitor, Page) {
    let visitor = server.visitor();
    let asked = visitor.get("/log-ind").await;
    let mail = [("mail", SECRETARY)];
    visitor.presses(&asked, &mail, "Send mig et link").await;
    server.send_mail();
    let door = visitor.get(&server.link_of(SECRETARY)).await;
    (visitor, door)
}

#[actix_web::test]
async fn the_link_alone_does_not_sign_in_and_a_code_does_so_once() {
    let server = Server::empty().await;
    with_code(&server).await;
    let used = shown_by_app(&server);
    let (visitor, door) = at_the_door(&server).await;
    for code in ["", "123456", &used] {
        let refused = visitor.presses(&door, &[("kode", code)], "Log ind").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        assert_eq!(refused.count("input[name=kode]"), 1, "the link still works");
        let desk = visitor.get("/sekretariat").await;
        assert_eq!(desk.status, StatusCode::UNAUTHORIZED);
    }
    server.passes(chrono::TimeDelta::seconds(60));
    let code = shown_by_app(&server);
    let entered = visitor.presses(&door, &[("kode", &code)], "Log ind").await;
    assert_eq!(entered.location(), "/sekretariat", "{}", entered.words());
    let (other, door) = at_the_door(&server).await;
    let again = other.presses(&door, &[("kode", &code)], "Log ind").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "used up");
}

#[actix_web::test]
async fn too_many_wrong_codes_end_trying_also_after_a_restart() {
    let server = Server::empty().await;
    with_code(&server).await;
    server.passes(chrono::TimeDelta::seconds(60));
    let (visitor, door) = at_the_door(&server).await;
    for _ in 0..MOST_WRONG {
        visitor
            .presses(&door, &[("kode", "000000")], "Log ind")
            .await;
    }
    let code = shown_by_app(&server);
    let locked = visitor.presses(&door, &[("kode", &code)], "Log ind").await;
    assert!(locked.words().contains("for mange forkerte koder"));
    let kept = second_factor::of(&server.app, SECRETARY).unwrap().unwrap();
    assert_eq!(kept.wrong, MOST_WRONG, "it is stored");
    server.passes(chrono::TimeDelta::minutes(LOCKED_MINUTES));
    let code = shown_by_app(&server);
    let entered = visitor.presses(&door, &[("kode", &code)], "Log ind").await;
    assert_eq!(entered.location(), "/sekretariat", "{}", entered.words());
}

#[actix_web::test]
async fn a_recovery_code_signs_in_once_and_is_an_event() {
    let server = Server::empty().await;
    let (_, codes) = with_code(&server).await;
    let (visitor, door) = at_the_door(&server).await;
    let entered = visitor
        .presses(&door, &[("kode", &codes[3])], "Log ind")
        .await;
    assert_eq!(entered.location(), "/sekretariat", "{}", entered.words());
    let (other, door) = at_the_door(&server).await;
    let again = other
        .presses(&door, &[("kode", &codes[3])], "Log ind")
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = people::history(&server.app, 10).unwrap();
    assert!(told.iter().any(|e| e.deed.danish().contains("reservekode")));
    for (name, bytes) in server.data_files() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let held = codes.iter().any(|code| text.contains(code.as_str()));
        assert!(!held, "a recovery code stands in {name}");
    }
}

#[actix_web::test]
async fn it_is_turned_off_with_a_code_only() {
    let server = Server::empty().await;
    let (visitor, codes) = with_code(&server).await;
    let page = visitor.get(HERE).await;
    let wrong = visitor
        .presses(&page, &[("kode", "1")], "Slå koden fra")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(second_factor::is_on(&server.app, SECRETARY).unwrap());
    let off = visitor
        .presses(&page, &[("kode", &codes[0])], "Slå koden fra")
        .await;
    assert_eq!(off.location(), "/sekretariat/mig");
    assert!(!second_factor::is_on(&server.app, SECRETARY).unwrap());
    let (visitor, door) = at_the_door(&server).await;
    let entered = visitor.presses(&door, &[], "Log ind").await;
    assert_eq!(entered.location(), "/sekretariat");
}

#[actix_web::test]
async fn new_recovery_codes_make_the_old_ones_worthless() {
    let server = Server::empty().await;
    let (visitor, codes) = with_code(&server).await;
    let page = visitor.get(HERE).await;
    let fresh = visitor
        .presses(&page, &[("kode", &codes[0])], "Lav nye reservekoder")
        .await;
    let fresh = fresh.all("main li code");
    assert_eq!(fresh.len(), 10);
    let (other, door) = at_the_door(&server).await;
    let old = other
        .presses(&door, &[("kode", &codes[1])], "Log ind")
        .await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    let entered = other
        .presses(&door, &[("kode", &fresh[1])], "Log ind")
        .await;
    assert_eq!(entered.location(), "/sekretariat");
}

#[actix_web::test]
async fn an_administrator_or_the_operator_resets_it_and_that_is_an_event() {
    let server = Server::empty().await;
    with_code(&server).await;
    let boss = "leder@region.example.dk";
    people::add(
        &server.app,
        "Leder",
        boss,
        Role::Administrator,
        Actor::Operator,
    )
    .unwrap()
    .unwrap();
    let administrator = server.visitor();
    let token = samsvar::actions::staff::sign_in_at_once(&server.app, boss).unwrap();
    administrator.takes_cookie("samsvar_sekretariat", token.reveal());
    let list = administrator.get("/sekretariat/personer").await;
    administrator
        .presses(&list, &[], "Nulstil koden for Sekretær")
        .await;
    assert!(!second_factor::is_on(&server.app, SECRETARY).unwrap());
    let list = administrator.get("/sekretariat/personer").await;
    assert!(
        list.words()
            .contains("Sekretærs koder fra en app er nulstillet")
    );
    assert!(!second_factor::reset(&server.app, SECRETARY, Actor::Operator).unwrap());
}

#[actix_web::test]
async fn whoever_is_removed_and_listed_again_begins_without_a_code() {
    let server = Server::empty().await;
    with_code(&server).await;
    let boss = Staff {
        address: "leder@region.example.dk".into(),
        name: "Leder".into(),
        role: Role::Administrator,
    };
    assert!(people::remove(&server.app, &boss, SECRETARY).unwrap());
    assert_eq!(server.app.store.count::<SecondFactor>("").unwrap(), 0);
}
