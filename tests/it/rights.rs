//! Rights as a table: every route and every kind of visitor, and what exactly comes of it.
use std::fs;
use std::path::Path;

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use samsvar::actions::{people, staff};
use samsvar::demo::{EATING, FOCUS};
use samsvar_core::events::Actor;
use samsvar_core::roles::Role;

use crate::access::{Door, ROUTES, VARIABLES};
use crate::page::Page;
use crate::people::{Server, Visitor};
use crate::refusals::is_a_whole_danish_page;

/// Who knocks. Answers, and the observer's collection, are those that [`VARIABLES`] name.
const VISITORS: [Knocks; 9] = [
    Knocks::Nobody,
    Knocks::OwnLink,
    Knocks::LinkOfAnotherAnswer,
    Knocks::LinkOfAnotherCampaign,
    Knocks::Administrator,
    Knocks::Secretariat,
    Knocks::Reader,
    Knocks::Observer,
    Knocks::ObserverOfAnother,
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Knocks {
    Nobody,
    OwnLink,
    LinkOfAnotherAnswer,
    LinkOfAnotherCampaign,
    Administrator,
    Secretariat,
    Reader,
    Observer,
    ObserverOfAnother,
}

/// What comes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Comes {
    /// The page itself, whatever it says.
    In,
    /// 401: sign in.
    SignIn,
    /// 403: open the personal link.
    OpenLink,
    /// 403: the role does not reach so far.
    NotAllowed,
    /// Anything else, which no row of the table allows.
    Astray(StatusCode),
}
use Comes::{In, NotAllowed, OpenLink, SignIn};

/// The table: a column for each of [`VISITORS`], in their order.
fn row(door: Door) -> [Comes; 9] {
    match door {
        Door::Anybody | Door::DemoOnly => [In; 9],
        #[rustfmt::skip]
        Door::Answerer => [OpenLink, In, OpenLink, OpenLink, OpenLink, OpenLink, OpenLink, OpenLink, OpenLink],
        Door::Approver => [OpenLink; 9],
        #[rustfmt::skip]
        Door::SignedIn => [SignIn, SignIn, SignIn, SignIn, In, In, In, In, In],
        #[rustfmt::skip]
        Door::Secretary => [SignIn, SignIn, SignIn, SignIn, In, In, NotAllowed, NotAllowed, NotAllowed],
        #[rustfmt::skip]
        Door::Administrator => [SignIn, SignIn, SignIn, SignIn, In, NotAllowed, NotAllowed, NotAllowed, NotAllowed],
        #[rustfmt::skip]
        Door::Follower => [SignIn, SignIn, SignIn, SignIn, In, In, NotAllowed, In, NotAllowed],
        #[rustfmt::skip]
        Door::ResultsReader => [SignIn, SignIn, SignIn, SignIn, In, In, In, In, NotAllowed],
    }
}

#[test]
fn every_route_stands_in_the_table() {
    let served = routes_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"));
    assert!(served.len() > 30, "the routes were not found: {served:?}");
    let known =
        |(method, path): &(String, String)| ROUTES.iter().any(|(m, p, _)| m == method && p == path);
    for route in &served {
        assert!(
            known(route),
            "a new route: add (\"{}\", \"{}\", DOOR) to ROUTES in tests/it/access.rs, where DOOR is the door \
             that its page takes (doors.rs; Anybody for none)",
            route.0,
            route.1
        );
    }
    for (method, path, _) in ROUTES {
        assert!(
            served.iter().any(|(m, p)| m == method && p == path),
            "{method} {path} is served no more: take it out of ROUTES in tests/it/access.rs"
        );
    }
}

#[actix_web::test]
async fn every_route_gives_every_visitor_exactly_what_the_table_says() {
    let server = Server::demo().await;
    let house = House::of(&server).await;
    let mut routes = ROUTES.to_vec();
    // Last, for it takes the visitors' rights away.
    routes.sort_by_key(|(_, path, _)| *path == "/demo/nulstil");
    for (method, path, door) in routes {
        let there = filled(path);
        for (knocks, told) in VISITORS.into_iter().zip(row(door)) {
            let page = ask(&house.visitor(knocks), method, &there).await;
            let comes = comes_of(&page);
            assert_eq!(
                comes, told,
                "{method} {path} for {knocks:?}: the door {door:?} of the table says {told:?}; it was {}",
                page.status
            );
            if comes != In {
                is_a_whole_danish_page(&page);
            }
        }
    }
}

/// The visitors' secrets, and a server that knows them.
struct House<'s> {
    server: &'s Server,
    links: [Visitor; 3],
}

impl<'s> House<'s> {
    async fn of(server: &'s Server) -> Self {
        let observer = |campaign: &str| Role::Observer {
            campaign: campaign.into(),
        };
        let roles = [
            (Knocks::Administrator, Role::Administrator),
            (Knocks::Secretariat, Role::Secretariat),
            (Knocks::Reader, Role::Reader),
            (Knocks::Observer, observer(EATING)),
            (Knocks::ObserverOfAnother, observer(FOCUS)),
        ];
        for (knocks, role) in roles {
            let added = people::add(
                &server.app,
                "Ny",
                &address_of(knocks),
                role,
                Actor::Operator,
            );
            added.unwrap().unwrap();
        }
        let mut links = Vec::new();
        for address in [
            "social@skive.example.dk",
            "social@favrskov.example.dk",
            "social@thisted.example.dk",
        ] {
            let (visitor, _) = server.opens_link_of(address).await;
            links.push(visitor.with_cookies_everywhere());
        }
        let links = links.try_into().unwrap_or_else(|_| panic!("three links"));
        Self { server, links }
    }

    /// Staff get a session of their own each time, for a page may end it.
    fn visitor(&self, knocks: Knocks) -> Visitor {
        match knocks {
            Knocks::Nobody => self.server.visitor(),
            Knocks::OwnLink => self.links[0].same_browser(),
            Knocks::LinkOfAnotherAnswer => self.links[1].same_browser(),
            Knocks::LinkOfAnotherCampaign => self.links[2].same_browser(),
            _ => {
                let visitor = self.server.visitor();
                // Listed no more once the demo is reset: then a page for anybody must do without.
                let token = staff::sign_in_at_once(&self.server.app, &address_of(knocks)).unwrap();
                visitor.takes_cookie("samsvar_sekretariat", token.reveal());
                visitor
            }
        }
    }
}

fn address_of(knocks: Knocks) -> String {
    format!("{knocks:?}@region.example.dk").to_lowercase()
}

fn comes_of(page: &Page) -> Comes {
    // Files have no heading.
    if page.status == StatusCode::OK {
        return In;
    }
    let heading = page.all("h1").join(" ");
    match page.status {
        StatusCode::UNAUTHORIZED => SignIn,
        StatusCode::FORBIDDEN if heading == "Åbn dit personlige link" => OpenLink,
        StatusCode::FORBIDDEN if heading == "Du har ikke adgang til siden" => NotAllowed,
        // A sign-in link that does not work is a page of its own, for everybody.
        StatusCode::FORBIDDEN if heading == "Du er ikke logget ind" => In,
        status if status == StatusCode::FORBIDDEN || status.is_server_error() => {
            Comes::Astray(status)
        }
        _ => In,
    }
}

pub async fn ask(visitor: &Visitor, method: &str, path: &str) -> Page {
    let method: Method = method.parse().unwrap();
    if method == Method::POST {
        return visitor.post(path, &[]).await;
    }
    visitor
        .send(TestRequest::default().method(method), path)
        .await
}

/// A path with values in place of its variables.
pub fn filled(path: &str) -> String {
    let mut path = path.replace("{file:.*}", "x");
    for (name, value) in VARIABLES {
        path = path.replace(name, value);
    }
    let open = path.find('{').map(|at| &path[at..]);
    assert_eq!(
        open, None,
        "the path {path} has a variable without a value: add one that the demo knows to VARIABLES in tests/it/access.rs"
    );
    path
}

/// Method and path of every `.route(` below a directory.
fn routes_in(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(routes_in(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.extend(routes_of(&fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn routes_of(text: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = text.split(".route(").collect();
    parts
        .windows(2)
        .map(|pair| route(pair[0], pair[1]))
        .collect()
}

/// A route's method and path; `before` is the text up to `.route(`, `here` what follows.
fn route(before: &str, here: &str) -> (String, String) {
    const ONE: &str = "/sekretariat/indsamlinger/{campaign}";
    let verbs = ["get()", "post()", "put()", "delete()", "head()", "patch()"];
    let (at, verb) = verbs
        .iter()
        .filter_map(|verb| Some((here.find(verb)?, *verb)))
        .min()
        .unwrap_or_else(|| {
            panic!(
                "a route without a method: .route({}",
                &here[..here.len().min(80)]
            )
        });
    let literal = |text: &str| text.split('"').nth(1).map(str::to_owned);
    let path = match literal(&here[..at]) {
        Some(path) => path.replace("{one}", ONE),
        None if here.trim_start().starts_with("one,") => ONE.to_owned(),
        None => literal(before.rsplit("resource(").next().unwrap()).expect("a path"),
    };
    let method = verb.trim_end_matches("()").to_uppercase();
    (method, path.replace("{{", "{").replace("}}", "}"))
}
