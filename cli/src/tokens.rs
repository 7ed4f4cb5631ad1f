//! `registrar tokens`: who may call the API.

use serde_json::json;

use platform::Clock as _;
use platform::clock::SystemClock;
use platform::token::{Role, Secret, Token};

use crate::AccountName;
use crate::place::Place;
use registrar::service::random;

/// Make, list and take away API tokens.
#[derive(Debug, clap::Args)]
pub(crate) struct Tokens {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a token and show it, this once
    Add {
        /// Its name, shown in the audit trail
        name: String,
        /// For one account's registrations
        #[arg(
            long,
            conflicts_with = "operator",
            required_unless_present = "operator"
        )]
        account: Option<AccountName>,
        /// For everybody's
        #[arg(long)]
        operator: bool,
    },
    /// List tokens; their secrets are not known
    List {
        /// As one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Take away every token of this name
    Revoke {
        /// Its name
        name: String,
    },
}

/// Runs one of the verbs.
pub(crate) async fn tokens(tokens: Tokens, place: &Place) -> anyhow::Result<()> {
    match tokens.verb {
        Verb::Add {
            name,
            account,
            operator: _,
        } => {
            let role = account.map_or(Role::Operator, |name| Role::Account { account: name.0 });
            let store = place.open_or_make().await?.store;
            let secret = add(&*store, &name, role).await?;
            println!("{}", secret.show());
            eprintln!("This is shown once: only its hash is stored.");
        }
        Verb::List { json } => {
            let tokens = place.open().await?.store.tokens().await?;
            if json {
                println!("{}", json!({ "tokens": tokens }));
                return Ok(());
            }
            for token in tokens {
                let role = match token.role {
                    Role::Account { account } => format!("account {account}"),
                    Role::Operator => "operator".to_owned(),
                };
                println!("{}\t{role}\t{}", token.name, token.created_at);
            }
        }
        Verb::Revoke { name } => {
            let store = place.open().await?.store;
            let revoked = store.revoke_tokens(&name).await?;
            anyhow::ensure!(revoked > 0, "there is no token named `{name}`");
            println!("{revoked} taken away");
        }
    }
    Ok(())
}

/// Makes a token and keeps its hash.
pub(crate) async fn add(
    store: &dyn platform::Store,
    name: &str,
    role: Role,
) -> anyhow::Result<Secret> {
    let usable = (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_graphic());
    anyhow::ensure!(
        usable,
        "a token's name must be 1 to 64 visible characters without spaces"
    );
    let secret = Secret::new(random);
    let token = Token {
        name: name.to_owned(),
        role,
        created_at: SystemClock.now(),
    };
    store.add_token(&secret.hash(), &token).await?;
    Ok(secret)
}
