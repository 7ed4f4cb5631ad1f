//! The way to the registry: the real client's calls, carried to the simulator in the same
//! process. Here the registry is slow, silent, broken or busy, and here each call is seen.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode, header};
use registry::telnyx::{Answered, ApiKey, Asked, Carrier, Lost, Settings};
use registry_simulator::InProcess;

use crate::fault::Kind;
use crate::gate::Doors;
use crate::life::{die, is_a_worker};

/// A call takes up to this.
const MOMENT: Duration = Duration::from_millis(400);

/// No answer comes after this.
pub const LONGEST: Duration = Duration::from_secs(10);

/// A storm lasts up to this.
const STORM: Duration = Duration::from_secs(2 * 60 * 60);

/// A slow call takes up to this much longer.
const SLOW: Duration = Duration::from_secs(15);

/// Carries calls to the simulator.
pub struct Wire {
    /// The registry.
    pub registry: Arc<InProcess>,
    /// Chance, faults and time.
    pub doors: Arc<Doors>,
    /// Its key.
    pub api_key: HeaderValue,
    /// When calls that change something were made, since the beginning.
    pub writes: Mutex<Vec<Duration>>,
    /// Until then there is a storm.
    pub storm: Mutex<Duration>,
}

impl Wire {
    fn tell(&self, what: std::fmt::Arguments<'_>) {
        let doors = &self.doors;
        doors.trace.happened(doors.clock.truly(), what);
    }

    /// Whether the registry answers nobody just now.
    fn is_stormy(&self) -> bool {
        let (doors, now) = (&self.doors, self.doors.clock.elapsed());
        let mut until = self.storm.lock().unwrap_or_else(PoisonError::into_inner);
        if doors.faults.strikes(Kind::Storm) {
            *until = now + doors.chance.up_to(STORM);
        }
        now < *until
    }

    async fn arrives(&self, mut asked: Asked) -> Result<Answered, Lost> {
        let (method, path) = (asked.method().clone(), asked.uri().path().to_owned());
        let key = self.api_key.clone();
        asked.headers_mut().insert(header::AUTHORIZATION, key);
        let changes = method != Method::GET;
        let answer = self.registry.call(asked).await;
        if changes {
            let made = self.registry.simulator.submissions();
            self.doors.watch.called(&made);
        }
        let answer = answer.ok_or(Lost::Broken)?;
        self.tell(format_args!(
            "  {method} {path}: {}",
            answer.status().as_u16()
        ));
        Ok(answer)
    }

    async fn carried(&self, asked: Asked) -> Result<Answered, Lost> {
        let doors = &self.doors;
        tokio::time::sleep(doors.chance.up_to(MOMENT)).await;
        if self.is_stormy() {
            return Ok(refused(match doors.chance.below(2) {
                0 => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            }));
        }
        if doors.faults.strikes(Kind::Throttled) {
            return Ok(refused(StatusCode::TOO_MANY_REQUESTS));
        }
        if doors.faults.strikes(Kind::Broken) {
            return Ok(refused(StatusCode::BAD_GATEWAY));
        }
        let answer = self.arrives(asked).await?;
        if doors.faults.strikes(Kind::RegistrySlow) {
            self.tell(format_args!("  the registry is slow"));
            tokio::time::sleep(doors.chance.up_to(SLOW)).await;
        }
        if doors.faults.strikes(Kind::RegistrySilent) {
            self.tell(format_args!("  the registry's answer is lost"));
            return Err(Lost::Broken);
        }
        tokio::time::sleep(doors.chance.up_to(MOMENT)).await;
        Ok(answer)
    }
}

/// The registry's key.
pub const KEY: &str = "KEY-simulator";

/// Where the registry's webhooks go.
pub const PUBLIC_URL: &str = "https://registrar.example";

/// The key as calls carry it.
pub fn bearer() -> HeaderValue {
    HeaderValue::from_static("Bearer KEY-simulator")
}

/// What the client is told of a simulator in the same process.
pub fn settings(registry: &InProcess) -> anyhow::Result<Settings> {
    Ok(Settings {
        base_url: "https://registry.example/v2".parse()?,
        api_key: ApiKey::new(KEY),
        webhook_public_key: registry.simulator.public_key(),
        connect_timeout: LONGEST,
        call_timeout: LONGEST,
        campaigns_editable: true,
    })
}

/// A short answer of what stands in front of the registry.
fn refused(status: StatusCode) -> Answered {
    let mut answer = Answered::new(b"{}".to_vec());
    *answer.status_mut() = status;
    answer
}

#[async_trait]
impl Carrier for Wire {
    async fn carry(&self, asked: Asked) -> Result<Answered, Lost> {
        let doors = &self.doors;
        if asked.method() != Method::GET {
            let at = doors.clock.elapsed();
            self.writes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(at);
        }
        if is_a_worker() && doors.faults.strikes(Kind::CrashBefore) {
            self.tell(format_args!("  dies before a call to the registry"));
            die().await;
        }
        let carried = tokio::time::timeout(LONGEST, self.carried(asked));
        let answer = carried.await.unwrap_or(Err(Lost::TooLate));
        if is_a_worker() && doors.faults.strikes(Kind::CrashAfter) {
            self.tell(format_args!("  dies after a call to the registry"));
            die().await;
        }
        answer
    }
}
