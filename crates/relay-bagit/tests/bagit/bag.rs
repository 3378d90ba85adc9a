//! A bag in memory: made valid, then broken by a test.

use std::collections::BTreeMap;

use relay_bagit::{
    Algorithm, BagLimits, BagRule, BagTags, BagVerdict, Digests, FileKind, Judge, Outcome, Severity, Survey,
};

#[derive(Clone, Debug)]
pub struct Bag {
    pub files: BTreeMap<String, Vec<u8>>,
    pub directories: Vec<String>,
    pub limits: BagLimits,
    /// The base directory with its slash, or nothing.
    pub base: &'static str,
}

impl Bag {
    /// A bag without blame: two payload files, sha512 throughout, metadata, a tag manifest.
    pub fn new(version: &str) -> Self {
        let mut bag = Self::bare(version);
        let info = if matches!(version, "0.93" | "0.94" | "0.95") {
            "package-info.txt"
        } else {
            "bag-info.txt"
        };
        bag.put(info, "Source-Organization: Example\nPayload-Oxum: 11.2\n");
        bag.seal(Algorithm::Sha512);
        bag
    }

    /// The same without metadata and tag manifest: nothing but the payload manifest speaks of anything.
    pub fn bare(version: &str) -> Self {
        let mut bag = Self {
            files: BTreeMap::new(),
            directories: Vec::new(),
            limits: BagLimits::default(),
            base: "base/",
        };
        let declaration = format!("BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n");
        bag.put("bagit.txt", &declaration);
        bag.put("data/a.txt", "first");
        bag.put("data/sub/b.txt", "second");
        bag.manifest(Algorithm::Sha512);
        bag
    }

    pub fn put(&mut self, path: &str, bytes: impl AsRef<[u8]>) {
        self.files.insert(path.to_owned(), bytes.as_ref().to_vec());
    }

    pub fn append(&mut self, path: &str, text: &str) {
        let file = self.files.entry(path.to_owned()).or_default();
        file.extend_from_slice(text.as_bytes());
    }

    pub fn remove(&mut self, path: &str) {
        self.files.remove(path).unwrap();
    }

    /// Changes the text of a file; that nothing changed is a mistake of the test.
    pub fn change(&mut self, path: &str, from: &str, to: &str) {
        let before = String::from_utf8(self.files[path].clone()).unwrap();
        assert!(before.contains(from), "{path} has no {from:?}");
        self.put(path, before.replacen(from, to, 1));
    }

    /// Makes the payload manifest anew.
    pub fn manifest(&mut self, algorithm: Algorithm) {
        let lines = self.lines(algorithm, |path| path.starts_with("data/"));
        self.put(&format!("manifest-{algorithm}.txt"), lines);
    }

    /// Makes the tag manifest anew.
    pub fn seal(&mut self, algorithm: Algorithm) {
        let lines = self.lines(algorithm, |path| {
            !path.starts_with("data/") && !path.starts_with("tagmanifest-")
        });
        self.put(&format!("tagmanifest-{algorithm}.txt"), lines);
    }

    fn lines(&self, algorithm: Algorithm, is_listed: impl Fn(&str) -> bool) -> String {
        let listed = self.files.iter().filter(|(path, _)| is_listed(path));
        let line = |(path, bytes): (&String, &Vec<u8>)| format!("{}  {path}\n", checksum(algorithm, bytes));
        listed.map(line).collect()
    }

    /// The line that a manifest would have for a file.
    pub fn line(&self, algorithm: Algorithm, path: &str) -> String {
        format!("{}  {path}\n", checksum(algorithm, &self.files[path]))
    }

    pub fn tags(&self) -> Option<BagTags> {
        let mut survey = Survey::new(&self.limits);
        for (path, bytes) in &self.files {
            let name = format!("{}{path}", self.base);
            if survey.file(&name).is_some() {
                survey.tag_file(&name, bytes.clone());
            }
        }
        survey.finish()
    }

    pub fn verdict(&self) -> BagVerdict {
        judge(&self.tags().unwrap(), self)
    }

    /// The rules that are broken, notes aside, each once.
    pub fn broken(&self) -> Vec<BagRule> {
        broken(&self.verdict())
    }

    /// That exactly these rules are broken, and that the verdict follows from them.
    pub fn assert_breaks(&self, rules: &[BagRule]) {
        let verdict = self.verdict();
        let mut expected = rules.to_vec();
        expected.sort();
        assert_eq!(broken(&verdict), expected, "{verdict:#?}");
        let heaviest = verdict.findings.iter().map(|finding| finding.severity).max();
        let outcome = match heaviest {
            None | Some(Severity::Note) => Outcome::Valid,
            Some(Severity::Warning) => Outcome::ValidWithWarnings,
            Some(Severity::Error) => Outcome::Invalid,
        };
        assert_eq!(verdict.outcome, outcome);
    }

    /// That there is a note, and that notes do not change the verdict.
    pub fn assert_notes(&self, rule: BagRule) {
        let verdict = self.verdict();
        assert!(
            verdict.findings.iter().any(|finding| finding.rule == rule),
            "{verdict:#?}"
        );
        assert_eq!(verdict.outcome, Outcome::Valid, "{verdict:#?}");
    }
}

pub fn broken(verdict: &BagVerdict) -> Vec<BagRule> {
    let heavy = verdict
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Note);
    let mut rules: Vec<BagRule> = heavy.map(|finding| finding.rule).collect();
    rules.sort();
    rules.dedup();
    rules
}

/// Hands a judge exactly the digests that it asks for.
pub fn judge(tags: &BagTags, bag: &Bag) -> BagVerdict {
    let mut judge = Judge::new(tags);
    for directory in &bag.directories {
        judge.directory(&format!("{}{directory}", bag.base));
    }
    judge_files(&mut judge, tags, bag);
    judge.finish().unwrap()
}

/// The same, for the files alone.
pub fn judge_files(judge: &mut Judge<'_>, tags: &BagTags, bag: &Bag) {
    for (path, bytes) in &bag.files {
        let name = format!("{}{path}", bag.base);
        let mut digests = Digests::default();
        for algorithm in tags.wanted_algorithms(&name).iter() {
            digests.set(algorithm, &digest(algorithm, bytes)).unwrap();
        }
        // Which names are those of the operating system, the caller knows.
        if path.ends_with(".DS_Store") {
            judge.system_file(&name, bytes.len() as u64, &digests).unwrap();
        } else {
            judge.file(&name, bytes.len() as u64, &digests).unwrap();
        }
    }
}

pub fn digest(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => <md5::Md5 as md5::Digest>::digest(bytes).to_vec(),
        Algorithm::Sha1 => <sha1::Sha1 as sha1::Digest>::digest(bytes).to_vec(),
        Algorithm::Sha256 => <sha2::Sha256 as sha2::Digest>::digest(bytes).to_vec(),
        Algorithm::Sha512 => <sha2::Sha512 as sha2::Digest>::digest(bytes).to_vec(),
    }
}

pub fn checksum(algorithm: Algorithm, bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    digest(algorithm, bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The bytes of a manifest or other tag file that a survey would ask for.
pub fn is_read(path: &str) -> bool {
    FileKind::of(path).is_read()
}
