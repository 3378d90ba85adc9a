//! EC2's protocol as the reader speaks it: what is asked, how an answer is read, and what no answer is. No emulator takes part.

use std::sync::Mutex;
use std::time::Duration;

use relay_aws_inventory::Limits;
use relay_monitor::{Facts, Inventory, OpenIngress, Reading, UnreadList, WhyKind};

use crate::guards::volumes;
use crate::proxy::{Answer, Deed, Proxy, Request};
use crate::support::{PLENTY, facts, failure, limits, root_at, take, take_with};

const GROUPS: &str = "ec2:DescribeSecurityGroups";
const VOLUMES: &str = "ec2:GetEbsEncryptionByDefault";

// The answer to whose account it is ("GetCallerIdentity", AWS STS API Reference); what is not EC2's is refused.
fn without_ec2(request: &Request) -> Deed {
    Deed::Answer(if request.action() == "sts:GetCallerIdentity" {
        let identity = "<Arn>arn:aws:iam::000000000000:root</Arn><UserId>U</UserId><Account>000000000000</Account>";
        let result = format!("<GetCallerIdentityResult>{identity}</GetCallerIdentityResult>");
        Answer::new(
            200,
            format!("<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"),
        )
    } else {
        Answer::denied(request)
    })
}

// An account where only these two questions are answered: the security groups by `groups`, the volumes as encrypted.
async fn account(groups: impl Fn(&Request) -> Deed + Send + Sync + 'static) -> Proxy {
    let rule = move |request: &Request| match request.action().as_str() {
        GROUPS => groups(request),
        _ => volumes(request, true).unwrap_or_else(|| without_ec2(request)),
    };
    Proxy::start("nowhere", rule).await
}

async fn read(proxy: &Proxy) -> Inventory {
    take(&root_at(&proxy.endpoint_url).await).await
}

fn group(id: &str) -> String {
    format!("<item><groupId>{id}</groupId><groupName>{id}</groupName><ipPermissions/></item>")
}

fn page(groups: &str, rest: &str) -> Answer {
    let groups = format!("<requestId>R</requestId><securityGroupInfo>{groups}</securityGroupInfo>{rest}");
    Answer::new(
        200,
        format!("<DescribeSecurityGroupsResponse>{groups}</DescribeSecurityGroupsResponse>"),
    )
}

fn asked(proxy: &Proxy, action: &str) -> Vec<Request> {
    let requests = proxy.requests().into_iter();
    requests.filter(|request| request.action() == action).collect()
}

fn unread_groups(inventory: &Inventory) -> Option<&UnreadList> {
    inventory.unread.iter().find(|unread| unread.action == GROUPS)
}

fn groups(inventory: &Inventory) -> Vec<&str> {
    let groups = inventory.resources.iter();
    let groups = groups.filter(|resource| matches!(resource.facts, Facts::SecurityGroup(_)));
    groups.map(|group| group.arn.as_str()).collect()
}

// "Query requests for Amazon EC2" and "DescribeSecurityGroups", Amazon EC2 API Reference.
#[tokio::test]
async fn pages_are_asked_for_by_their_token() {
    let proxy = account(|request| {
        let form = String::from_utf8_lossy(&request.body);
        Deed::Answer(if form.contains("&NextToken=a%2Fb%2B%26c%3D") {
            page(&group("sg-2"), "<nextToken/>")
        } else {
            page(&group("sg-1"), "<nextToken>a/b+&amp;c=</nextToken>")
        })
    })
    .await;
    let inventory = read(&proxy).await;
    assert_eq!(unread_groups(&inventory), None);
    let arn = |id: &str| format!("arn:aws:ec2:eu-north-1:000000000000:security-group/{id}");
    assert_eq!(groups(&inventory), [arn("sg-1"), arn("sg-2")]);
    let requests = asked(&proxy, GROUPS);
    assert_eq!(requests.len(), 2);
    for request in &requests {
        let form = String::from_utf8_lossy(&request.body);
        assert!(
            form.starts_with("Action=DescribeSecurityGroups&Version=2016%2D11%2D15&MaxResults=1000"),
            "{form}"
        );
        assert_eq!((request.target.as_str(), request.region()), ("/", "eu-north-1"));
        assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
        assert!(
            request.headers["user-agent"].contains("aws-sdk-rust"),
            "{:?}",
            request.headers
        );
    }
}

// As EC2 words it ("DescribeSecurityGroups", Amazon EC2 API Reference), with everything that is not looked at.
const WORDED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>1d62eae0-acdd-481d-88c9-example</requestId>
    <securityGroupInfo>
        <item>
            <ownerId>123456789012</ownerId>
            <groupId>sg-9bf6ceff</groupId>
            <securityGroupArn>arn:aws:ec2:eu-north-1:123456789012:security-group/sg-9bf6ceff</securityGroupArn>
            <groupName>doors &amp; gates</groupName>
            <groupDescription>SSH &lt;and&gt; more</groupDescription>
            <vpcId>vpc-31896b55</vpcId>
            <ipPermissions>
                <item>
                    <ipProtocol>tcp</ipProtocol>
                    <fromPort>22</fromPort>
                    <toPort>22</toPort>
                    <groups/>
                    <ipRanges>
                        <item>
                            <cidrIp>10.0.0.0/8</cidrIp>
                        </item>
                        <item>
                            <cidrIp>0.0.0.0/0</cidrIp>
                            <description>everybody</description>
                        </item>
                    </ipRanges>
                    <ipv6Ranges>
                        <item>
                            <cidrIpv6>::/0</cidrIpv6>
                        </item>
                    </ipv6Ranges>
                    <prefixListIds/>
                </item>
                <item>
                    <ipProtocol>icmpv6</ipProtocol>
                    <fromPort>-1</fromPort>
                    <toPort>-1</toPort>
                    <groups/>
                    <ipRanges/>
                    <ipv6Ranges>
                        <item>
                            <cidrIpv6>::/0</cidrIpv6>
                        </item>
                    </ipv6Ranges>
                    <prefixListIds/>
                </item>
                <item>
                    <ipProtocol>-1</ipProtocol>
                    <groups>
                        <item>
                            <userId>123456789012</userId>
                            <groupId>sg-9bf6ceff</groupId>
                        </item>
                    </groups>
                    <ipRanges/>
                    <ipv6Ranges/>
                    <prefixListIds>
                        <item>
                            <prefixListId>pl-63a5400a</prefixListId>
                        </item>
                    </prefixListIds>
                </item>
            </ipPermissions>
            <ipPermissionsEgress>
                <item>
                    <ipProtocol>-1</ipProtocol>
                    <groups/>
                    <ipRanges>
                        <item>
                            <cidrIp>0.0.0.0/0</cidrIp>
                        </item>
                    </ipRanges>
                    <ipv6Ranges/>
                    <prefixListIds/>
                </item>
            </ipPermissionsEgress>
            <tagSet>
                <item>
                    <key>groupId</key>
                    <value>none</value>
                </item>
            </tagSet>
        </item>
        <item>
            <ownerId>123456789012</ownerId>
            <groupId>sg-00000000</groupId>
            <groupName>shut</groupName>
            <groupDescription/>
            <ipPermissions/>
            <ipPermissionsEgress/>
        </item>
    </securityGroupInfo>
</DescribeSecurityGroupsResponse>
"#;

#[tokio::test]
async fn what_is_open_is_read_of_both_families() {
    let proxy = account(|_| Deed::Answer(Answer::new(200, WORDED))).await;
    let inventory = read(&proxy).await;
    let open = |name: &str| match facts(&inventory, name) {
        Facts::SecurityGroup(group) => group.open_ingress.clone(),
        other => panic!("no group: {other:?}"),
    };
    let to_all = |protocol: &str, ports, from: &str| OpenIngress {
        protocol: protocol.to_owned(),
        ports,
        from: from.to_owned(),
    };
    let mut expected = vec![
        to_all("icmpv6", None, "::/0"),
        to_all("tcp", Some((22, 22)), "0.0.0.0/0"),
        to_all("tcp", Some((22, 22)), "::/0"),
    ];
    expected.sort();
    assert_eq!(open("doors & gates"), Reading::Read(expected));
    assert_eq!(open("shut"), Reading::Read(Vec::new()));
}

#[tokio::test]
async fn a_refusal_is_said_and_not_tried_again() {
    let proxy = Proxy::start("nowhere", without_ec2).await;
    let inventory = read(&proxy).await;
    let why = &unread_groups(&inventory).unwrap().why;
    assert_eq!(
        (why.kind, why.message.as_str()),
        (WhyKind::AccessDenied, "UnauthorizedOperation: as the test wants it")
    );
    let Facts::VolumeDefaults(defaults) = facts(&inventory, "EBS volumes in eu-north-1") else {
        panic!("no defaults")
    };
    assert_eq!(
        failure(&defaults.encrypted_by_default),
        (WhyKind::AccessDenied, VOLUMES)
    );
    assert_eq!((asked(&proxy, GROUPS).len(), asked(&proxy, VOLUMES).len()), (1, 1));
}

// "Error codes for the Amazon EC2 API", Amazon EC2 API Reference, and what a load balancer says in its own words.
#[tokio::test]
async fn throttling_and_failures_of_the_service_are_tried_again() {
    let answers = Mutex::new(vec![
        page(&group("sg-1"), ""),
        Answer::new(502, "<html><body>Bad Gateway<br></body></html>"),
        Answer::new(
            500,
            "<Response><Errors><Error><Code>InternalError</Code><Message>m</Message></Error></Errors></Response>",
        ),
        Answer::new(
            400,
            "<Response><Errors><Error><Code>Throttling</Code></Error></Errors><RequestID>R</RequestID></Response>",
        ),
        Answer::new(
            503,
            "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>m</Message></Error></Errors></Response>",
        ),
    ]);
    let proxy = account(move |_| Deed::Answer(answers.lock().unwrap().pop().unwrap())).await;
    let inventory = read(&proxy).await;
    assert_eq!(unread_groups(&inventory), None);
    assert_eq!(groups(&inventory).len(), 1);
    assert_eq!(asked(&proxy, GROUPS).len(), 5);
}

#[tokio::test]
async fn throttling_without_end_is_said_after_the_last_try() {
    let proxy = account(|request| Deed::Answer(Answer::throttled(request))).await;
    let limits = Limits {
        attempts_max: 3,
        ..limits()
    };
    let inventory = take_with(&root_at(&proxy.endpoint_url).await, limits, PLENTY).await;
    let why = &unread_groups(&inventory).unwrap().why;
    assert_eq!(why.kind, WhyKind::Throttled, "{why:?}");
    assert_eq!(asked(&proxy, GROUPS).len(), 3);
}

#[tokio::test]
async fn a_try_without_answer_is_given_up_and_repeated() {
    let is_first = Mutex::new(true);
    let proxy = account(move |_| {
        if std::mem::take(&mut *is_first.lock().unwrap()) {
            Deed::Hang
        } else {
            Deed::Answer(page(&group("sg-1"), ""))
        }
    })
    .await;
    let limits = Limits {
        attempt_timeout: Duration::from_millis(500),
        ..limits()
    };
    let inventory = take_with(&root_at(&proxy.endpoint_url).await, limits, PLENTY).await;
    assert_eq!(groups(&inventory).len(), 1);
}

// What is no list of groups must not pass for an account without any.
#[tokio::test]
async fn an_answer_that_is_something_else_is_unread() {
    let whole = WORDED.split_inclusive("</item>").collect::<Vec<_>>();
    for body in [
        "",
        "out of order",
        "{\"SecurityGroups\":[]}",
        "<html><body>Sign in<br></body></html>",
        "<DescribeSecurityGroupsResponse><requestId>R</requestId></DescribeSecurityGroupsResponse>",
        "<DescribeSecurityGroupsResponse><securityGroupInfo>",
        "<DescribeSecurityGroupsResponse><securityGroupInfo/>",
        "<DescribeSecurityGroupsResponse><securityGroupInfo><item/></securityGroupInfo></DescribeSecurityGroupsResponse>",
        &whole[..whole.len() - 1].concat(),
    ] {
        let answer = Answer::new(200, body);
        let proxy = account(move |_| Deed::Answer(answer.clone())).await;
        let inventory = read(&proxy).await;
        assert!(groups(&inventory).is_empty(), "{body}");
        let unread = unread_groups(&inventory).unwrap_or_else(|| panic!("{body} was read"));
        assert_eq!(unread.why.kind, WhyKind::Other, "{body}: {unread:?}");
        assert!(unread.why.message.contains("DescribeSecurityGroups"), "{unread:?}");
    }
}
