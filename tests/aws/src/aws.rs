//! The tests' own calls to AWS: any service by its protocol, signed.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::{Value, json};

const REGION: &str = "us-east-1";

/// Calls one endpoint as one identity.
#[derive(Clone)]
pub(crate) struct Aws {
    endpoint: String,
    credentials: Credentials,
    http: reqwest::Client,
}

/// AWS said no.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.status, self.body)
    }
}

impl std::error::Error for Refused {}

impl Aws {
    /// As the root of an emulator's account.
    pub(crate) fn root(endpoint: &str) -> Result<Self> {
        Self::with(
            endpoint,
            Credentials::new("test", "test", None, None, "tests"),
        )
    }

    fn with(endpoint: &str, credentials: Credentials) -> Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            endpoint: endpoint.to_owned(),
            credentials,
            http,
        })
    }

    /// A call of a service that speaks JSON with a target, such as DynamoDB.
    async fn json(
        &self,
        service: &str,
        target: &str,
        version: &str,
        body: &Value,
    ) -> Result<Value> {
        let headers = [
            ("content-type", format!("application/x-amz-json-{version}")),
            ("x-amz-target", target.to_owned()),
        ];
        let text = self
            .call("POST", service, "/", &headers, body.to_string())
            .await?;
        Ok(if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        })
    }

    pub(crate) async fn dynamodb(&self, operation: &str, body: Value) -> Result<Value> {
        self.json(
            "dynamodb",
            &format!("DynamoDB_20120810.{operation}"),
            "1.0",
            &body,
        )
        .await
    }

    pub(crate) async fn sqs(&self, operation: &str, body: Value) -> Result<Value> {
        self.json("sqs", &format!("AmazonSQS.{operation}"), "1.0", &body)
            .await
    }

    /// Messages in a queue, hidden ones too.
    pub(crate) async fn messages(&self, url: &str) -> Result<u64> {
        let names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ];
        let body = json!({"QueueUrl": url, "AttributeNames": names});
        let answer = self.sqs("GetQueueAttributes", body).await?;
        let count = |name: &str| {
            let value = answer
                .pointer(&format!("/Attributes/{name}"))
                .and_then(Value::as_str);
            value
                .and_then(|count| count.parse::<u64>().ok())
                .with_context(|| format!("no {name}: {answer}"))
        };
        names.iter().map(|name| count(name)).sum()
    }

    /// Makes or replaces a SecureString.
    pub(crate) async fn put_secret(&self, name: &str, value: &str) -> Result<()> {
        let body = json!({"Name": name, "Value": value, "Type": "SecureString", "Overwrite": true});
        self.json("ssm", "AmazonSSM.PutParameter", "1.1", &body)
            .await
            .map(|_| ())
    }

    /// The last lines of a log group that tell of trouble.
    pub(crate) async fn trouble(&self, group: &str) -> Result<Vec<String>> {
        let body = json!({"logGroupName": group, "limit": 5000});
        let answer = self
            .json("logs", "Logs_20140328.FilterLogEvents", "1.1", &body)
            .await?;
        let events = answer.get("events").and_then(Value::as_array);
        let lines: Vec<_> = events
            .into_iter()
            .flatten()
            .filter_map(|event| event.get("message").and_then(Value::as_str))
            .filter(|line| {
                ["ERROR", "WARN", "panicked"]
                    .iter()
                    .any(|word| line.contains(word))
            })
            .map(|line| line.trim().to_owned())
            .collect();
        Ok(lines
            .get(lines.len().saturating_sub(5)..)
            .unwrap_or_default()
            .to_vec())
    }

    /// Turns an event source mapping on or off.
    pub(crate) async fn enable_mapping(&self, function: &str, enabled: bool) -> Result<()> {
        let path = format!("/2015-03-31/event-source-mappings/?FunctionName={function}");
        let found = self
            .call("GET", "lambda", &path, &[], String::new())
            .await?;
        let found: Value = serde_json::from_str(&found)?;
        let uuid = found
            .pointer("/EventSourceMappings/0/UUID")
            .and_then(Value::as_str);
        let uuid = uuid.with_context(|| format!("{function} has no mapping: {found}"))?;
        let path = format!("/2015-03-31/event-source-mappings/{uuid}");
        let headers = [("content-type", "application/json".to_owned())];
        let body = json!({"Enabled": enabled, "FunctionName": function}).to_string();
        self.call("PUT", "lambda", &path, &headers, body).await?;
        let state = if enabled { "Enabled" } else { "Disabled" };
        crate::wait::until(
            &format!("the mapping of {function} is {state}"),
            Duration::from_secs(30),
            async || {
                let now: Value = serde_json::from_str(
                    &self
                        .call("GET", "lambda", &path, &[], String::new())
                        .await?,
                )?;
                Ok((now.get("State").and_then(Value::as_str) == Some(state)).then_some(()))
            },
        )
        .await
    }

    /// Adds a policy to a role.
    pub(crate) async fn grant(&self, role: &str, name: &str, policy: &Value) -> Result<()> {
        let policy = policy.to_string();
        let fields = [
            ("Action", "PutRolePolicy"),
            ("Version", "2010-05-08"),
            ("RoleName", role),
            ("PolicyName", name),
            ("PolicyDocument", policy.as_str()),
        ];
        self.query("iam", &fields).await.map(|_| ())
    }

    /// The same endpoint as a role.
    pub(crate) async fn assume(&self, role_arn: &str) -> Result<Self> {
        let fields = [
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleSessionName", "tests"),
            ("RoleArn", role_arn),
        ];
        let answer = self.query("sts", &fields).await?;
        let field = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>"))?;
            Some(rest.split_once('<')?.0.to_owned())
        };
        let all = field("AccessKeyId")
            .zip(field("SecretAccessKey"))
            .zip(field("SessionToken"));
        let ((key, secret), token) = all.context("AssumeRole gave no credentials")?;
        Self::with(
            &self.endpoint,
            Credentials::new(key, secret, Some(token), None, "tests"),
        )
    }

    /// A call of a service that takes a form and answers XML.
    async fn query(&self, service: &str, fields: &[(&str, &str)]) -> Result<String> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let headers = [(
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        )];
        self.call("POST", service, "/", &headers, form).await
    }

    async fn call(
        &self,
        method: &str,
        service: &str,
        path: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> Result<String> {
        let url = format!("{}{path}", self.endpoint);
        let identity = self.credentials.clone().into();
        #[allow(
            clippy::disallowed_methods,
            reason = "a signature holds for some minutes"
        )]
        let now = SystemTime::now();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let named = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable =
            SignableRequest::new(method, &url, named, SignableBody::Bytes(body.as_bytes()))?;
        let (signed, _) = sign(signable, &parameters)?.into_parts();
        let mut request = self.http.request(method.parse()?, &url).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        for (name, value) in signed.headers() {
            request = request.header(name, value);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!(Refused {
                status: status.as_u16(),
                body: text
            });
        }
        Ok(text)
    }
}

/// Whether a call was refused for want of a permission, and nothing else.
pub(crate) fn is_denied<T>(result: &Result<T>) -> bool {
    let Err(error) = result else { return false };
    error
        .downcast_ref::<Refused>()
        .is_some_and(|refused| refused.status < 500 && refused.body.contains("AccessDenied"))
}
