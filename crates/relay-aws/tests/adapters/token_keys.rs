//! Token keys that KMS wraps keep what their port promises, at an emulator.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_config::SdkConfig;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relay_aws::{Connection, KmsTokenKeys};
use relay_model::{BucketName, OrganizationId};
use relay_pipeline::ports::{PortErrorClass, TokenKeys};
use relay_privacy::DataClass;
use relay_testing::conformance::{self, TokenKeysUnderTest};
use relay_testing::emulator::Emulator;
use relay_testing::scripted_server::{Answer, Request, ScriptedServer};

use crate::support::{self, config_of};

struct Place {
    config: SdkConfig,
    bucket: BucketName,
    key_arn: String,
}

impl Place {
    async fn new(config: &SdkConfig) -> Self {
        Self {
            config: config.clone(),
            bucket: support::versioned_bucket(config).await,
            key_arn: kms_key(config).await,
        }
    }

    fn keys(&self, key_arn: &str) -> KmsTokenKeys {
        let connection = Connection::from_config(self.config.clone());
        KmsTokenKeys::new(&connection, self.bucket.clone(), key_arn)
    }

    async fn blob(&self, organization: &str) -> Vec<u8> {
        let got = support::s3(&self.config)
            .get_object()
            .bucket(self.bucket.as_str())
            .key(format!("_keys/{organization}/token-key-1"));
        got.send().await.unwrap().body.collect().await.unwrap().to_vec()
    }

    // As somebody who may do everything: no policy is asked.
    async fn overwrite(&self, organization: &str, blob: Vec<u8>) {
        let put = support::s3(&self.config)
            .put_object()
            .bucket(self.bucket.as_str())
            .key(format!("_keys/{organization}/token-key-1"))
            .body(ByteStream::from(blob));
        put.send().await.unwrap();
    }

    async fn versions(&self) -> usize {
        let listed = support::s3(&self.config)
            .list_object_versions()
            .bucket(self.bucket.as_str());
        listed.send().await.unwrap().versions().len()
    }
}

impl TokenKeysUnderTest for Place {
    async fn open(&self) -> Arc<dyn TokenKeys> {
        Arc::new(self.keys(&self.key_arn))
    }

    async fn damage(&self, organization: &OrganizationId) {
        let mut blob = self.blob(organization.as_str()).await;
        let last = blob.len() - 1;
        blob[last] ^= 1;
        self.overwrite(organization.as_str(), blob).await;
    }

    async fn swap(&self, from: &OrganizationId, to: &OrganizationId) {
        let blob = self.blob(from.as_str()).await;
        self.overwrite(to.as_str(), blob).await;
    }
}

async fn kms_key(config: &SdkConfig) -> String {
    let created = aws_sdk_kms::Client::new(config).create_key().send().await.unwrap();
    created.key_metadata.unwrap().arn.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn token_keys_wrapped_by_kms_keep_what_the_port_promises() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    conformance::token_keys(async || Place::new(&config).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_wrapped_bound_to_its_organization_and_written_once() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let place = Place::new(&config).await;
    let organization = "org-001".parse().unwrap();
    let key = place.keys(&place.key_arn).token_key(&organization).await.unwrap();
    place.keys(&place.key_arn).token_key(&organization).await.unwrap();
    assert_eq!(place.versions().await, 1);

    let kms = aws_sdk_kms::Client::new(&config);
    let blob = aws_sdk_kms::primitives::Blob::new(place.blob("org-001").await);
    let unwrap = |purpose: &'static str, organization: &'static str| {
        kms.decrypt()
            .ciphertext_blob(blob.clone())
            .encryption_context("purpose", purpose)
            .encryption_context("organization", organization)
            .send()
    };
    let plain = unwrap("token-key", "org-001").await.unwrap().plaintext.unwrap();
    let same = relay_privacy::TokenKey::try_from(plain.as_ref()).unwrap();
    let cell = b"078-05-1120";
    assert_eq!(same.token(DataClass::UsSsn, cell), key.token(DataClass::UsSsn, cell));
    assert!(
        !place
            .blob("org-001")
            .await
            .windows(8)
            .any(|part| plain.as_ref().starts_with(part))
    );
    unwrap("token-key", "org-002").await.unwrap_err();
    unwrap("another", "org-001").await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_kms_key_wraps_is_not_accepted() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let place = Place::new(&config).await;
    let organization = "org-001".parse().unwrap();
    let another = kms_key(&config).await;
    place.keys(&another).token_key(&organization).await.unwrap();
    let error = place.keys(&place.key_arn).token_key(&organization).await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent, "{error}");
    assert_eq!(place.versions().await, 1, "and none is put in its place");
}

const KEY_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"], "Resource": "*",
    "Condition": {"StringEquals": {
        "kms:CallerAccount": "000000000000",
        "kms:EncryptionContext:organization": "${aws:PrincipalTag/organization}",
        "kms:EncryptionContext:purpose": "token-key"
    }}
}]}"#;
// No condition on the key's use: what refuses is the key's policy. All objects: what refuses a second is the bucket's policy.
const CALLER_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::*/*"}
]}"#;

// Somebody with the tag of this organization.
async fn caller(config: &SdkConfig, organization: &str) -> SdkConfig {
    use aws_sdk_iam::types::Tag;
    let iam = aws_sdk_iam::Client::new(config);
    let name = support::fresh("caller");
    let tag = Tag::builder().key("organization").value(organization).build().unwrap();
    iam.create_user().user_name(&name).tags(tag).send().await.unwrap();
    let policy = iam.put_user_policy().user_name(&name).policy_name("work");
    policy.policy_document(CALLER_POLICY).send().await.unwrap();
    let made = iam.create_access_key().user_name(&name).send().await.unwrap();
    let key = made.access_key().unwrap();
    let credentials = Credentials::new(key.access_key_id(), key.secret_access_key(), None, None, "test");
    let credentials = SharedCredentialsProvider::new(credentials);
    config.to_builder().credentials_provider(credentials).build()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policies_of_key_and_bucket_keep_organizations_apart_and_keys_in_place() {
    let emulator = Emulator::start().await;
    let root = support::root_of(&emulator).await;
    let mut place = Place::new(&root).await;
    let kms = aws_sdk_kms::Client::new(&root);
    let policy = kms.put_key_policy().key_id(&place.key_arn).policy(KEY_POLICY);
    policy.send().await.unwrap();
    let once = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{}/_keys/*", place.bucket),
        "Condition": {"Null": {"s3:if-none-match": "true"}}
    }]});
    let policy = support::s3(&root).put_bucket_policy().bucket(place.bucket.as_str());
    policy.policy(once.to_string()).send().await.unwrap();

    place.config = caller(&root, "org-001").await;
    let (own, other) = ("org-001".parse().unwrap(), "org-002".parse().unwrap());
    let keys = place.keys(&place.key_arn);
    keys.token_key(&own).await.unwrap();
    assert_eq!(
        keys.token_key(&other).await.unwrap_err().class(),
        PortErrorClass::Permanent
    );

    // The other's key is there, and may be read: it is not unwrapped, whatever the request says of it.
    let theirs = KmsTokenKeys::new(
        &Connection::from_config(caller(&root, "org-002").await),
        place.bucket.clone(),
        &place.key_arn,
    );
    theirs.token_key(&other).await.unwrap();
    let blob = aws_sdk_kms::primitives::Blob::new(place.blob("org-002").await);
    let mine = aws_sdk_kms::Client::new(&place.config);
    for named in ["org-001", "org-002"] {
        let refused = mine
            .decrypt()
            .ciphertext_blob(blob.clone())
            .encryption_context("purpose", "token-key")
            .encryption_context("organization", named);
        refused.send().await.unwrap_err();
    }
    mine.decrypt().ciphertext_blob(blob).send().await.unwrap_err();

    let replaced = support::s3(&place.config)
        .put_object()
        .bucket(place.bucket.as_str())
        .key("_keys/org-001/token-key-1")
        .body(ByteStream::from_static(b"another"));
    let error = replaced.send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDenied"));
    keys.token_key(&own).await.unwrap();
}

// KMS and S3 at one address: KMS is asked with POST.
const KEY: [u8; 32] = [0xa7; 32];

fn of_kms(request: &Request) -> Answer {
    let blob = STANDARD.encode(b"wrapped");
    match request.header("x-amz-target") {
        Some("TrentService.GenerateDataKeyWithoutPlaintext") => {
            Answer::new(200, format!("{{\"CiphertextBlob\":\"{blob}\",\"KeyId\":\"key\"}}"))
        }
        Some("TrentService.Decrypt") => {
            let plain = STANDARD.encode(KEY);
            Answer::new(200, format!("{{\"Plaintext\":\"{plain}\",\"KeyId\":\"key\"}}"))
        }
        other => Answer::new(400, format!("{other:?} is not expected here")),
    }
}

fn keys_at(server: &ScriptedServer) -> KmsTokenKeys {
    let connection = Connection::from_config(config_of(server));
    KmsTokenKeys::new(&connection, "results".parse().unwrap(), "key")
}

#[tokio::test]
async fn who_may_not_list_the_bucket_makes_the_first_key_all_the_same() {
    let is_there = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::start(move |request| {
        let answer = match request.method.as_str() {
            "POST" => of_kms(&request),
            "PUT" => {
                is_there.store(true, Ordering::SeqCst);
                Answer::new(200, "")
            }
            _ if is_there.load(Ordering::SeqCst) => Answer::new(200, "wrapped"),
            _ => Answer::error(403, "AccessDenied", "Access Denied"),
        };
        async move { answer }
    })
    .await;
    let key = keys_at(&server).token_key(&"org-001".parse().unwrap()).await.unwrap();
    let expected = relay_privacy::TokenKey::new(KEY);
    assert_eq!(
        key.token(DataClass::Email, b"a@b.org"),
        expected.token(DataClass::Email, b"a@b.org")
    );
    let requests = server.requests();
    let put = requests.iter().find(|request| request.method == "PUT").unwrap();
    assert!(
        put.target.starts_with("/results/_keys/org-001/token-key-1"),
        "{}",
        put.target
    );
    assert_eq!(put.header("if-none-match"), Some("*"));
    assert_eq!(put.header("x-amz-server-side-encryption-aws-kms-key-id"), Some("key"));
    for asked in requests.iter().filter(|request| request.method == "POST") {
        let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
        assert_eq!(body["KeyId"], "key");
        let context = serde_json::json!({"purpose": "token-key", "organization": "org-001"});
        assert_eq!(body["EncryptionContext"], context);
    }
}

#[tokio::test]
async fn a_key_that_is_there_and_may_not_be_read_is_an_error_and_not_replaced() {
    let server = ScriptedServer::start(|request| {
        let answer = match request.method.as_str() {
            "POST" => of_kms(&request),
            "PUT" => Answer::error(
                412,
                "PreconditionFailed",
                "At least one of the pre-conditions did not hold",
            ),
            _ => Answer::error(403, "AccessDenied", "Access Denied"),
        };
        async move { answer }
    })
    .await;
    let error = keys_at(&server)
        .token_key(&"org-001".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent);
    assert!(error.to_string().contains("GetObject"), "{error}");
}

#[tokio::test]
async fn what_a_service_answers_says_whether_to_try_again() {
    let cases = [
        ("ThrottlingException", PortErrorClass::Retryable),
        ("KeyUnavailableException", PortErrorClass::Retryable),
        ("DisabledException", PortErrorClass::Permanent),
        ("InvalidCiphertextException", PortErrorClass::Permanent),
        ("AccessDeniedException", PortErrorClass::Permanent),
    ];
    for (code, class) in cases {
        let server = ScriptedServer::start(move |request| {
            let answer = match request.method.as_str() {
                "POST" => Answer::new(400, format!("{{\"__type\":\"{code}\"}}")),
                _ => Answer::new(200, "wrapped"),
            };
            async move { answer }
        })
        .await;
        let error = keys_at(&server)
            .token_key(&"org-001".parse().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.class(), class, "{code}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_key_are_refused_and_not_shown() {
    let server = ScriptedServer::start(|request| {
        let answer = match request.method.as_str() {
            "POST" => Answer::new(200, format!("{{\"Plaintext\":\"{}\"}}", STANDARD.encode(&KEY[1..]))),
            _ => Answer::new(200, "wrapped"),
        };
        async move { answer }
    })
    .await;
    let error = keys_at(&server)
        .token_key(&"org-001".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent);
    let text = text_and_debug(&error);
    assert!(!text.contains("167") && !text.contains("a7a7"), "{text}");
}

fn text_and_debug(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.extend([cause.to_string(), format!("{cause:?}")]);
        source = cause.source();
    }
    text
}
