//! Sends alerts by mail.

use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use relay_alerts::Alert;

use super::channel::{Channel, ChannelError, DELIVERY_TIMEOUT};

const NAME: &str = "mail server";

/// A mail server that takes alerts.
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Email {
    /// By the server at `smtp_url`, from one address to others.
    pub fn new(smtp_url: &str, from: &str, to: &[String]) -> Result<Self, ChannelError> {
        let mailbox = |address: &str| address.parse().map_err(|_| ChannelError::Address("mail"));
        // What is wrong with the address is not told: it would be repeated with its password.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp_url)
            .map_err(|_| ChannelError::Address(NAME))?
            .timeout(Some(DELIVERY_TIMEOUT))
            .build();
        Ok(Self {
            transport,
            from: mailbox(from)?,
            to: to.iter().map(|address| mailbox(address)).collect::<Result<_, _>>()?,
        })
    }

    fn message(&self, alert: &Alert) -> Result<Message, ChannelError> {
        let addressed: MessageBuilder = self
            .to
            .iter()
            .cloned()
            .fold(Message::builder().from(self.from.clone()), MessageBuilder::to);
        addressed
            .subject(&alert.subject)
            .message_id(Some(format!("<{}@alerts.hybrid-relay.invalid>", alert.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(alert.to_text())
            .map_err(|error| ChannelError::Content(error.into()))
    }
}

#[async_trait]
impl Channel for Email {
    fn name(&self) -> &'static str {
        "email"
    }

    async fn deliver(&self, alert: &Alert) -> Result<(), ChannelError> {
        let message = self.message(alert)?;
        // The transport's own time limit is for each command, and there are several.
        let sent = tokio::time::timeout(DELIVERY_TIMEOUT, self.transport.send(message))
            .await
            .map_err(|_| ChannelError::Timeout)?;
        match sent {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.status() {
                Some(code) => ChannelError::Refused(NAME, code.into()),
                None => ChannelError::Unreachable(NAME, error.into()),
            }),
        }
    }
}
