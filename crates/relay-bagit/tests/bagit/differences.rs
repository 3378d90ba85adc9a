//! Where our verdict is not that of bagit 1.9.0, and why we keep ours.

use relay_bagit::BagRule;

/// A difference that is meant.
#[derive(Debug)]
#[expect(dead_code, reason = "`reason` is for readers, and for the message of a failed test")]
pub struct Difference {
    /// The damages of `damages.py` and `damages_tags.py` that show it; none means any.
    pub damages: &'static [&'static str],
    /// The bags of `agreement.py` that show it; none means any.
    pub bases: &'static [&'static str],
    /// The versions that show it; none means any.
    pub versions: &'static [&'static str],
    /// The rule by which we refuse what bagit accepts; nothing if we accept what bagit refuses.
    pub stricter: Option<BagRule>,
    /// Why.
    pub reason: &'static str,
}

const fn stricter(rule: BagRule, damages: &'static [&'static str], reason: &'static str) -> Difference {
    Difference {
        damages,
        bases: &[],
        versions: &[],
        stricter: Some(rule),
        reason,
    }
}

const fn laxer(damages: &'static [&'static str], reason: &'static str) -> Difference {
    Difference {
        damages,
        bases: &[],
        versions: &[],
        stricter: None,
        reason,
    }
}

const fn old(rule: BagRule) -> Difference {
    Difference {
        damages: &[],
        bases: &[],
        versions: &["0.93", "0.94", "0.95", "0.96"],
        stricter: Some(rule),
        reason: "bagit does not read tag manifests before 0.97; the drafts have them, and a checksum that is given is \
                 held to",
    }
}

const fn encoded_percent(rule: BagRule) -> Difference {
    Difference {
        damages: &[],
        bases: &["encoded_percent"],
        versions: &["1.0"],
        stricter: Some(rule),
        reason: "bagit neither writes nor reads %25, so its manifest names data/a%25b; in 1.0 that is the file a%b \
                 (RFC 8493, section 2.1.3), which is not there",
    }
}

pub const DIFFERENCES: &[Difference] = &[
    old(BagRule::ChecksumMismatch),
    old(BagRule::TagFileMissing),
    old(BagRule::ChecksumMalformed),
    encoded_percent(BagRule::PayloadNotListed),
    encoded_percent(BagRule::PayloadFileMissing),
    encoded_percent(BagRule::FetchNeeded),
    // bagit.txt
    stricter(
        BagRule::DeclarationMalformed,
        &["declaration_order", "declaration_blank_line", "declaration_third_line"],
        "bagit.txt is exactly two lines of one form (section 2.1.1); bagit reads it as if it were bag-info.txt",
    ),
    Difference {
        versions: &["1.0"],
        ..stricter(
            BagRule::DeclarationSpace,
            &[
                "declaration_no_space",
                "declaration_two_spaces",
                "declaration_space_before_colon",
            ],
            "from 1.0 on one space follows the colon (section 2.1.1); bagit reads bagit.txt as if it were bag-info.txt",
        )
    },
    laxer(
        &["system_file_in_payload"],
        "nobody meant to put .DS_Store there, and nothing of a package is in it: it is passed over, with a warning; bagit \
         holds it to be a file too many",
    ),
    laxer(
        &["two_normal_forms", "two_cases", "two_percents"],
        "two lines with one checksum whose names differ by case, normalization or percent-encoding mean the one file that \
         is there, on whatever system they were written; bagit finds it where the file system does",
    ),
    stricter(
        BagRule::DeclarationMalformed,
        &["version_1"],
        "a version is M.N (section 2.1.1); bagit takes one number as well",
    ),
    stricter(
        BagRule::VersionUnsupported,
        &["version_0.98", "version_1.1"],
        "no such version was published, so nobody knows its rules; bagit takes any from 0.93 to below 2",
    ),
    laxer(
        &["declaration_label_case"],
        "the RFC's own examples write BagIt-version, and its grammar ignores case; we warn",
    ),
    // Manifests
    stricter(
        BagRule::AlgorithmUnsupported,
        &["unknown_algorithm"],
        "a bag is valid if every checksum in every manifest was verified (section 3); bagit overlooks manifests whose \
         algorithm it does not know",
    ),
    stricter(
        BagRule::ManifestNameNotNormal,
        &["rename_manifest"],
        "the algorithm's name must be normalized (section 2.4); bagit overlooks the file and is content with the others",
    ),
    stricter(
        BagRule::TagFileByteOrderMark,
        &["manifest_byte_order_mark", "info_byte_order_mark"],
        "in UTF-8 a tag file must not start with one (section 2.3); bagit logs it, or takes it for part of a label",
    ),
    stricter(
        BagRule::ManifestLineMalformed,
        &["comment", "leading_space", "line_of_spaces", "no_path", "cut_manifest"],
        "each line must be checksum, space, path (section 2.1.3); bagit strips and skips what is not",
    ),
    stricter(
        BagRule::PayloadNotListed,
        &["trailing_space"],
        "a path ends at the end of its line; bagit strips the space, and so cannot read back names that end with one",
    ),
    stricter(
        BagRule::PayloadFileMissing,
        &["trailing_space"],
        "the other side of the same: the name with the space is not there",
    ),
    Difference {
        versions: &["1.0"],
        ..stricter(
            BagRule::PayloadNotInEveryManifest,
            &["cut_manifest", "drop_line_of_one_manifest", "empty_manifest"],
            "from 1.0 on every payload manifest lists every payload file (section 3); bagit is content with one",
        )
    },
    stricter(
        BagRule::PathNotPlain,
        &["dot_inside", "double_slash"],
        "a path has one spelling; bagit normalizes paths before it compares them",
    ),
    stricter(
        BagRule::PayloadNotListed,
        &["dot_inside", "double_slash", "step_inside", "leading_space"],
        "what follows from a line that is not read",
    ),
    stricter(
        BagRule::PathUnsafe,
        &["step_inside"],
        "a step upwards is refused wherever it leads (section 5.1); bagit lets it pass if it ends within the bag",
    ),
    stricter(
        BagRule::PayloadPathOutside,
        &["lists_tag_file"],
        "a payload manifest must not list files outside data/ (section 2.1.3); bagit verifies them like others",
    ),
    // Tag manifests
    stricter(
        BagRule::TagPathInPayload,
        &["tag_manifest_lists_payload"],
        "a tag manifest must not list payload files (section 2.2.1); bagit verifies them like others",
    ),
    stricter(
        BagRule::TagManifestIncomplete,
        &["drop_tag_line"],
        "a tag manifest must list every payload manifest (section 2.2.1); bagit does not ask",
    ),
    // bag-info.txt
    stricter(
        BagRule::OxumRepeated,
        &["oxum_twice"],
        "Payload-Oxum must not be repeated (section 2.2.2); bagit takes the first",
    ),
    stricter(
        BagRule::OxumMismatch,
        &["oxum_lower_case_and_wrong"],
        "reserved labels are the same in any case (section 2.2.2); bagit finds only one spelling",
    ),
    stricter(
        BagRule::InfoMalformed,
        &["info_no_label"],
        "an element must have a label (section 2.2.2)",
    ),
    stricter(
        BagRule::InfoSpace,
        &["info_no_space", "info_space_before_colon"],
        "from 1.0 on the space around the colon is strict (section 2.2.2)",
    ),
    // fetch.txt
    stricter(
        BagRule::FetchPathOutside,
        &["fetch_tag_file"],
        "fetch.txt must not list tag files (section 2.2.3)",
    ),
    stricter(
        BagRule::FetchNotListed,
        &["fetch_not_listed"],
        "a file to be fetched must be in the manifests (section 2.2.3); once fetched it would be refused anyway",
    ),
    stricter(
        BagRule::FetchLineMalformed,
        &["fetch_length_in_words"],
        "a length is a number or '-' (section 2.2.3); bagit does not look at it",
    ),
    laxer(
        &["fetch_urn"],
        "an absolute URI need not have a host (RFC 3986, section 4.3); nothing is fetched here anyway",
    ),
    laxer(
        &["fetch_blank_line"],
        "a blank line lists nothing; bagit ends with an error that is not about the bag. We warn",
    ),
];
