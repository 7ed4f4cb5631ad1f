//! The pages that an order links to, read over a real connection to this host.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use pages::{MOST_READ, Pages};
use registration::Order;
use registration::callback::Allowed;
use registration::preflight::{GOOD_ORDER, pages::RULES};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::{Value, json};

/// Every name is this host.
struct Here;

impl Resolve for Here {
    fn resolve(&self, _: Name) -> Resolving {
        let here: Addrs = Box::new([SocketAddr::from(([127, 0, 0, 1], 0))].into_iter());
        Box::pin(async move { Ok(here) })
    }
}

const SITE: &str = "<h1>Maple Row Veterinary</h1>";
const PRIVACY: &str = "<p>We do not share mobile numbers.</p>";
const TERMS: &str = "<p>Reply <b>STOP</b> to end.</p>";

/// What is found where these pages answer, as rule and place.
async fn found(router: Router, change: impl FnOnce(&mut Value, u16)) -> Vec<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let mut document: Value = serde_json::from_str(GOOD_ORDER).unwrap();
    let site = format!("http://maplerowvet.localhost:{port}");
    document["brand"]["website"] = json!(site);
    document["campaign"]["privacyPolicyLink"] = json!(format!("{site}/privacy"));
    document["campaign"]["termsAndConditionsLink"] = json!(format!("{site}/terms"));
    change(&mut document, port);
    let order = Order::read(&document).unwrap();
    let allowed = Allowed {
        loopback: true,
        ports: true,
    };
    let pages = Pages::resolving(allowed, Arc::new(Here)).unwrap();
    let findings = pages.look(&order).await;
    server.abort();
    let named = findings.iter();
    named
        .map(|finding| format!("{} {}", finding.rule, finding.pointer))
        .collect()
}

fn good() -> Router {
    Router::new()
        .route("/", get(async || SITE))
        .route("/privacy", get(async || PRIVACY))
        .route("/terms", get(async || TERMS))
}

#[tokio::test]
async fn pages_that_say_what_they_should_have_no_findings() {
    assert_eq!(found(good(), |_, _| ()).await, [] as [&str; 0]);
}

#[tokio::test]
async fn pages_that_are_silent_are_warned_of_at_their_links() {
    let router = Router::new()
        .route("/", get(async || "Welcome!"))
        .route("/privacy", get(async || "We share what you give us."))
        .route("/terms", get(async || "All rights reserved."));
    assert_eq!(
        found(router, |_, _| ()).await,
        [
            "website-without-name /brand/website",
            "privacy-page-silent /campaign/privacyPolicyLink",
            "terms-page-without-stop /campaign/termsAndConditionsLink",
        ]
    );
}

#[tokio::test]
async fn a_page_that_is_not_there_is_a_warning_and_the_others_are_read() {
    let router = Router::new()
        .route("/", get(async || SITE))
        .route("/terms", get(async || TERMS));
    assert_eq!(
        found(router, |_, _| ()).await,
        ["page-unreachable /campaign/privacyPolicyLink"]
    );
}

#[tokio::test]
async fn a_few_redirects_within_the_domain_are_followed_and_no_others() {
    let router = Router::new()
        .route("/", get(async || SITE))
        .route("/privacy", get(async || Redirect::to("/1")))
        .route("/1", get(async || Redirect::to("/2")))
        .route("/2", get(async || Redirect::to("/3")))
        .route("/3", get(async || PRIVACY))
        .route("/terms", get(async || Redirect::to("/4")))
        .route("/4", get(async || Redirect::to("/terms")));
    assert_eq!(
        found(router, |_, _| ()).await,
        ["page-unreachable /campaign/termsAndConditionsLink"]
    );
    let elsewhere = good().route(
        "/away",
        get(async || Redirect::to("http://other.localhost/privacy")),
    );
    let away = |order: &mut Value, port: u16| {
        order["campaign"]["privacyPolicyLink"] =
            json!(format!("http://maplerowvet.localhost:{port}/away"));
    };
    assert_eq!(
        found(elsewhere, away).await,
        ["page-unreachable /campaign/privacyPolicyLink"]
    );
}

#[tokio::test]
async fn a_redirect_to_an_address_of_this_network_is_not_followed() {
    // Only this host is allowed here; the metadata service of a cloud is not.
    let inward = get(async || Redirect::to("http://169.254.169.254/privacy"));
    let router = good().route("/inward", inward);
    let change = |order: &mut Value, port: u16| {
        order["campaign"]["privacyPolicyLink"] =
            json!(format!("http://maplerowvet.localhost:{port}/inward"));
    };
    assert_eq!(
        found(router, change).await,
        ["page-unreachable /campaign/privacyPolicyLink"]
    );
}

#[tokio::test]
async fn of_a_page_without_end_the_first_megabyte_is_read() {
    let long = format!("{PRIVACY}{}", "x".repeat(2 * MOST_READ));
    let router = Router::new()
        .route("/", get(async || SITE))
        .route("/privacy", get(async move || long.clone()))
        .route(
            "/terms",
            get(async || format!("{}{TERMS}", "y ".repeat(MOST_READ))),
        );
    assert_eq!(
        found(router, |_, _| ()).await,
        ["terms-page-without-stop /campaign/termsAndConditionsLink"]
    );
}

#[tokio::test]
async fn by_default_nothing_but_public_addresses_is_called() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut document: Value = serde_json::from_str(GOOD_ORDER).unwrap();
    document["brand"]["website"] = json!(format!("https://localhost.localdomain:{port}"));
    document["campaign"]
        .as_object_mut()
        .unwrap()
        .remove("privacyPolicyLink");
    document["campaign"]["termsAndConditionsLink"] = json!(format!("https://a.localhost:{port}"));
    let order = Order::read(&document).unwrap();
    let findings = Pages::new(Allowed::default()).unwrap().look(&order).await;
    assert!(
        findings
            .iter()
            .all(|finding| finding.rule == "page-unreachable")
    );
    assert_eq!(findings.len(), 2);
    // A connection made would be waiting here.
    let accepted = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(accepted.is_err(), "{accepted:?}");
}

#[tokio::test]
async fn each_rule_of_a_page_finds_its_example_and_leaves_the_other() {
    for rule in RULES.iter().filter(|rule| rule.id != "page-unreachable") {
        for (example, finds) in [(rule.finds, true), (rule.leaves, false)] {
            let page = get(move || async move { example });
            let router = Router::new()
                .route("/", page.clone())
                .route("/privacy", page.clone())
                .route("/terms", page);
            let found = found(router, |_, _| ()).await;
            let own = format!("{} {}", rule.id, rule.looks_at[0]);
            assert_eq!(found.contains(&own), finds, "{}: {found:?}", rule.id);
        }
    }
}
