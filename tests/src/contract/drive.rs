//! A platform on a ground, with the real step functions and a simulator, driven
//! message by message.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use platform::at_registry::Downstream;
use platform::callback::Callbacks;
use platform::existing;
use platform::limiter::Limits;
use platform::message::Cause;
use platform::queue::QueueError;
use platform::receive::{self, ReceiveError, Received};
use platform::run;
use platform::store::{Key, Row};
use platform::workers::Functions;
use platform::{Case, Message, Platform};
use registrar::service;
use registration::order::Vetting;
use registration::patience::Patience;
use registration::{AccountId, Actor, Order, RegistrationId, Step, TraceId, chain};
use registry::telnyx::{ApiKey, NAME, Settings as TelnyxSettings, Telnyx};
use registry_simulator::{Settings, Simulator};

use super::Ground;
use super::made::{account, at_once, together};
use crate::told;
use crate::world::changed;

/// How much time passes when there is nothing to do.
const TICK: Duration = Duration::from_secs(1);

/// A call to the simulator is in doubt after this.
const TIMEOUT: Duration = Duration::from_millis(500);

/// A registration that has not come to rest after so many empty turns is stuck.
const TURNS: usize = 3_000;

/// A platform that a scenario drives by hand.
pub(super) struct Drive<'a> {
    /// The registry.
    pub(super) simulator: Simulator,
    /// The platform.
    pub(super) platform: Platform,
    /// Whose orders these are.
    pub(super) account: AccountId,
    /// How often every message is run, all at once.
    pub(super) copies: usize,
    functions: Functions,
    ground: &'a dyn Ground,
}

impl<'a> Drive<'a> {
    /// A new platform, with little patience: time may be real here.
    pub(super) async fn new(ground: &'a dyn Ground, settings: Settings) -> anyhow::Result<Self> {
        let key = settings.api_key.clone();
        let simulator = Simulator::start(settings, ([127, 0, 0, 1], 0).into()).await?;
        let platform = Platform {
            store: ground.store(),
            queue: ground.queue(),
            clock: ground.clock(),
            random: service::random,
            patience: Patience {
                first_look: TICK,
                longest_look: TICK,
                first_review_look: TICK,
                longest_review_look: TICK,
                first_retry: TICK,
                longest_retry: TICK,
                attempts: 2,
                lease: Duration::from_secs(3),
                rescue_after: Duration::from_secs(60),
                ..Patience::default()
            },
            visibility: Duration::from_secs(30),
            accounts_share_brands: false,
            preflight: platform::preflight::Preflight::before_a_simulator(),
            callbacks: Callbacks::default(),
            memory: platform::memory::Memory::of(1_000),
        };
        let pace = Arc::new(platform.pace(NAME, Limits::default()));
        let telnyx = TelnyxSettings {
            base_url: simulator.base_url().parse()?,
            api_key: ApiKey::new(&key),
            webhook_public_key: simulator.public_key(),
            connect_timeout: TIMEOUT,
            call_timeout: TIMEOUT,
            campaigns_editable: true,
        };
        let registry = Arc::new(Telnyx::new(telnyx, pace.clone())?);
        let functions = service::functions(&Downstream {
            registry,
            pace,
            public_url: None,
            vetting: Vetting::parse("AEGIS/STANDARD"),
        });
        let account = account()?;
        Ok(Self {
            simulator,
            platform,
            account,
            copies: 1,
            functions,
            ground,
        })
    }

    /// Takes an order, as the API would.
    pub(super) async fn receive(&self, order: Order, key: Option<Key>) -> anyhow::Result<Received> {
        Ok(self.receiving(order, key).await?)
    }

    /// The same, to be run beside others, with what it ends in.
    pub(super) fn receiving(
        &self,
        order: Order,
        key: Option<Key>,
    ) -> impl Future<Output = Result<Received, ReceiveError>> + Send + use<> {
        let (platform, account) = (self.platform.clone(), self.account.clone());
        async move {
            let (actor, trace) = (Actor::account(&account), TraceId::new(service::random()));
            receive::receive(&platform, &account, actor, order, key, trace).await
        }
    }

    /// Looks up what an order names as registered already, as the API would.
    pub(super) async fn resolve(&self, order: &mut Order) -> anyhow::Result<()> {
        let resolved = existing::resolve(&self.platform, &self.account, false, order).await;
        resolved.map_err(|(part, why)| anyhow::anyhow!("{part}: {why}"))
    }

    /// The same platform, for the orders of another account.
    pub(super) fn of(self, account: &AccountId) -> Self {
        Self {
            account: account.clone(),
            ..self
        }
    }

    /// Takes an order that is new.
    pub(super) async fn receive_new(&self, order: Order) -> anyhow::Result<RegistrationId> {
        match self.receive(order, None).await? {
            Received::New(id, _) => Ok(id),
            repeated => anyhow::bail!("not new: {repeated:?}"),
        }
    }

    /// Runs messages until the registration is at rest.
    pub(super) async fn to_rest(&self, id: &RegistrationId) -> anyhow::Result<Row> {
        for _ in 0..TURNS {
            let row = self
                .platform
                .store
                .row(id)
                .await?
                .context("no such registration")?;
            if row.status.is_at_rest() {
                return Ok(row);
            }
            if !self.turn().await? {
                self.look(row).await?;
                changed(&self.simulator).await;
                self.ground.pass(TICK).await;
            }
        }
        anyhow::bail!(
            "{id} has not come to rest: {:?}",
            self.platform.store.row(id).await?
        )
    }

    /// Runs what is left in the queues once everything is over.
    pub(super) async fn to_the_last_message(&self) -> anyhow::Result<()> {
        for _ in 0..4 {
            while self.turn().await? {}
            self.ground.pass(TICK).await;
        }
        Ok(())
    }

    /// What is known of a registration.
    pub(super) async fn case(&self, id: &RegistrationId) -> anyhow::Result<Case> {
        Ok(Case::load(&*self.platform.store, id).await?)
    }

    /// The steps and rounds that the registry charges for, as far as is known.
    pub(super) async fn paid(&self, id: &RegistrationId) -> anyhow::Result<Vec<(Step, u32)>> {
        let fees = self.case(id).await?.facts.fees().into_iter();
        let paid = fees.filter(|fee| !fee.in_doubt);
        Ok(paid.map(|fee| (fee.step, fee.round.get())).collect())
    }

    /// A webhook of the registry about a step, and all that follows from it.
    pub(super) async fn webhook(&self, id: &RegistrationId, step: Step) -> anyhow::Result<()> {
        let message = self.case(id).await?.about(step, Cause::Webhook);
        self.platform.queue.send(&[at_once(message)]).await?;
        self.to_the_last_message().await
    }

    /// The story of a registration, of which nothing was changed or cut out.
    pub(super) async fn told(&self, id: &RegistrationId) -> anyhow::Result<Vec<String>> {
        let history = self.platform.store.history(id).await?;
        let row = self
            .platform
            .store
            .row(id)
            .await?
            .context("no such registration")?;
        chain::verify(id, &history, Some(row.seq))?;
        told::history(&*self.platform.store, id).await
    }

    /// Runs every message that is visible now. False: there was none.
    async fn turn(&self) -> anyhow::Result<bool> {
        let (visibility, look) = (self.platform.visibility, self.ground.look());
        // All queues at once: where time is real, each poll of an empty one waits.
        let queues = self.functions.queues().into_iter().enumerate();
        let polls = queues.map(|(place, name)| {
            let queue = Arc::clone(&self.platform.queue);
            async move {
                let deliveries = queue.receive(name, 10, visibility, look).await?;
                Ok::<_, QueueError>((place, deliveries))
            }
        });
        let mut received = together(polls).await?;
        received.sort_by_key(|(place, _)| *place);
        let deliveries: Vec<_> = received.into_iter().flat_map(|(_, all)| all).collect();
        for delivery in &deliveries {
            let message = delivery.message.clone().map_err(anyhow::Error::msg)?;
            let copy = |_| self.run(message.clone(), delivery.receives);
            together((0..self.copies).map(copy)).await?;
            self.platform.queue.acknowledge(&delivery.receipt).await?;
        }
        Ok(!deliveries.is_empty())
    }

    fn run(
        &self,
        message: Message,
        receives: u32,
    ) -> impl Future<Output = anyhow::Result<()>> + Send + use<> {
        let (platform, functions) = (self.platform.clone(), self.functions.clone());
        async move {
            let function = functions.of(message.step).context("no such function")?;
            run::run(&platform, &**function, &message, receives).await?;
            Ok(())
        }
    }

    /// Sends a look for what is due of a registration and its numbers: the sweep
    /// would take up everyone's.
    async fn look(&self, order: Row) -> anyhow::Result<()> {
        let now = self.platform.clock.now();
        let mut rows = self.platform.store.numbers(&order.id, None).await?.rows;
        rows.push(order);
        rows.retain(|row| row.awaits_answer && row.due_at.is_some_and(|due| due <= now));
        for row in rows {
            let Some(step) = row.step else { continue };
            let message = Message {
                registration: row.id,
                account: row.account,
                step,
                round: row.round,
                cause: Cause::Look,
                seen: None,
                trace: TraceId::new(service::random()),
            };
            self.platform.queue.send(&[at_once(message)]).await?;
        }
        Ok(())
    }
}
