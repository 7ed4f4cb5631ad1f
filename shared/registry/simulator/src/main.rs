//! Starts a simulator, prints where it is, and runs until it is interrupted.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use registry_simulator::{Delivery, Limit, Reviews, Settings, Simulator, Span, Webhooks};

/// A registry for tests: an HTTP server that speaks Telnyx's 10DLC API.
#[derive(Parser)]
struct Flags {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    address: SocketAddr,
    /// Decides ids, review times and webhook faults.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The key expected in `Authorization: Bearer`.
    #[arg(long, default_value = "KEY-simulator")]
    api_key: String,
    /// Milliseconds a brand's review takes: MIN..MAX, or one number.
    #[arg(long, default_value = "0", value_parser = span)]
    brand_review: Span,
    /// Milliseconds until somebody follows the link in a public company's e-mail.
    #[arg(long, default_value = "0", value_parser = span)]
    confirmation: Span,
    /// Milliseconds a vetting takes.
    #[arg(long, default_value = "0", value_parser = span)]
    vetting_review: Span,
    /// Milliseconds a campaign's review takes.
    #[arg(long, default_value = "0", value_parser = span)]
    campaign_review: Span,
    /// Milliseconds a number's assignment takes.
    #[arg(long, default_value = "0", value_parser = span)]
    number_review: Span,
    /// Milliseconds a sole proprietor's PIN can be handed in; 24 hours by default.
    #[arg(long)]
    pin_lives: Option<u64>,
    /// Milliseconds a removed number is held for its former campaign.
    #[arg(long, default_value_t = 0)]
    number_hold: u64,
    /// Milliseconds a brand's campaigns must be inactive before it can be
    /// deleted; 90 days by default.
    #[arg(long)]
    brand_kept_for: Option<u64>,
    /// POST, PUT and DELETE allowed in any second.
    #[arg(long, requires = "reads_per_second")]
    writes_per_second: Option<u32>,
    /// GET allowed in any second.
    #[arg(long, requires = "writes_per_second")]
    reads_per_second: Option<u32>,
    /// Calls of any kind allowed in any second.
    #[arg(long, conflicts_with_all = ["writes_per_second", "reads_per_second"])]
    calls_per_second: Option<u32>,
    /// Milliseconds added to every call.
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// Send no webhooks.
    #[arg(long)]
    no_webhooks: bool,
    /// Webhooks sent before the answer to the POST, per mille.
    #[arg(long, default_value_t = 0)]
    early: u16,
    /// Webhooks sent twice, per mille.
    #[arg(long, default_value_t = 0)]
    duplicated: u16,
    /// Webhooks held back so that later ones overtake them, per mille.
    #[arg(long, default_value_t = 0)]
    reordered: u16,
    /// Webhooks never sent, per mille.
    #[arg(long, default_value_t = 0)]
    lost: u16,
}

/// `500..2000` or `500`, in milliseconds.
fn span(text: &str) -> Result<Span, std::num::ParseIntError> {
    let (min, max) = text.split_once("..").unwrap_or((text, text));
    let milliseconds = |text: &str| text.trim().parse().map(Duration::from_millis);
    Ok(Span::between(milliseconds(min)?, milliseconds(max)?))
}

impl Flags {
    fn limit(&self) -> Option<Limit> {
        let apart = self.writes_per_second.zip(self.reads_per_second);
        let apart = apart.map(|(writes, reads)| Limit::Apart { writes, reads });
        apart.or_else(|| self.calls_per_second.map(Limit::Together))
    }

    fn settings(self) -> Settings {
        let delivery = Delivery {
            early: self.early,
            duplicated: self.duplicated,
            reordered: self.reordered,
            lost: self.lost,
            ..Delivery::default()
        };
        let usual = Settings::default();
        let or = |set: Option<u64>, usual| set.map_or(usual, Duration::from_millis);
        Settings {
            seed: self.seed,
            calls_per_second: self.limit(),
            api_key: self.api_key,
            reviews: Reviews {
                brand: self.brand_review,
                confirmation: self.confirmation,
                vetting: self.vetting_review,
                campaign: self.campaign_review,
                number: self.number_review,
            },
            webhooks: if self.no_webhooks {
                Webhooks::Off
            } else {
                Webhooks::On(delivery)
            },
            latency: Duration::from_millis(self.latency),
            pin_lives: or(self.pin_lives, usual.pin_lives),
            number_hold: Duration::from_millis(self.number_hold),
            brand_kept_for: or(self.brand_kept_for, usual.brand_kept_for),
            ..usual
        }
    }
}

#[tokio::main]
#[allow(clippy::print_stdout, reason = "whoever starts it reads where it is")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let flags = Flags::parse();
    let address = flags.address;
    let simulator = Simulator::start(flags.settings(), address).await?;
    println!("base_url {}", simulator.base_url());
    println!("public_key {}", simulator.public_key());
    tokio::signal::ctrl_c().await?;
    simulator.stop().await;
    Ok(())
}
