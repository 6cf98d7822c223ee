"""Questions in groups that mean the same, of an invented company; neighbouring groups are close.

`CHOSEN_ON` is what the threshold was chosen on, `HELD_OUT` what it was never looked at with.
"""

CHOSEN_ON: tuple[tuple[str, ...], ...] = (
    (
        "How many days of parental leave do fathers get?",
        "paternity leave, how long?",
        "My partner is having a baby, how much time off do I get as the father?",
    ),
    (
        "How many days of holiday do I have a year?",
        "what's our yearly vacation allowance",
        "How much paid annual leave do we get?",
    ),
    (
        "Do I need a doctor's note when I am ill?",
        "sick note: from which day on?",
        "After how many sick days must I bring a certificate from a doctor?",
    ),
    (
        "How do I reset my VPN password?",
        "forgot the password for the vpn",
        "I cannot log in to the VPN any more, how do I get a new password?",
    ),
    (
        "Which VPN client should I install on Linux?",
        "vpn on ubuntu, which program",
        "What VPN software do we use on Linux laptops?",
    ),
    (
        "Who approves purchases above 5000 euros?",
        "whose signature do I need to buy something for more than 5,000 €?",
        "approval for expensive purchases over 5k",
    ),
    (
        "What is the retention period of customer logs?",
        "how long do we keep logs of customers",
        "After how many days are customer logs deleted?",
        "log retention for clients",
    ),
    (
        "How do I roll back a failed deployment?",
        "deploy broke production, how can I undo it",
        "rollback of a release, steps",
    ),
    (
        "When is the next code freeze?",
        "code freeze dates this winter",
        "From when on may nothing be deployed because of the freeze?",
    ),
    (
        "Can I bring my dog to the office?",
        "are pets allowed at work",
        "Is it OK to have a dog in the office in Bergen?",
    ),
    (
        "Where do I park my car at headquarters?",
        "parking spaces at the main office",
        "Is there a car park at HQ for employees?",
    ),
    (
        "How is the on-call rota paid?",
        "compensation for being on call",
        "What do I earn for a week of on-call duty?",
    ),
    (
        "Who decides who is on call next month?",
        "who makes the on-call schedule",
        "Who plans the pager rota?",
    ),
    (
        "Do we support single sign-on with Okta?",
        "okta sso available?",
        "Can customers log in with their Okta accounts?",
    ),
    (
        "Which browsers does the web app support?",
        "is Safari supported by our web application",
        "minimum browser versions for the app",
    ),
    (
        "Is there a budget for conferences?",
        "How much money can I spend on conferences a year?",
        "conference budget per person",
    ),
    ("What is the name of the office cat?",),
    ("Which law firm looks after our patents?",),
    ("How many berths has the harbour of Norrvik?",),
    ("Why did we drop MongoDB?",),
)

HELD_OUT: tuple[tuple[str, ...], ...] = (
    (
        "Can I work from abroad for a month?",
        "working from another country, for how long is it allowed?",
        "May I spend four weeks with my family overseas and work from there?",
    ),
    (
        "Do I have to be online at fixed hours?",
        "what are our core working hours",
        "Is there a time of the day when everybody must be available?",
    ),
    (
        "How do I get a second monitor?",
        "request another screen for my desk",
        "Who orders an additional monitor for me?",
    ),
    (
        "My laptop was stolen, what do I do?",
        "lost my work laptop",
        "Whom do I tell when my company computer has been stolen?",
    ),
    (
        "I lost my YubiKey, how do I log in?",
        "yubikey gone, need access",
        "What if I lose both security keys?",
    ),
    (
        "What is the rate limit of the public API?",
        "how many API requests per minute are allowed",
        "When does our API answer 429 too many requests?",
    ),
    (
        "How do customers get an API key?",
        "creating api keys for a client",
        "Where can a customer make a new key for the API?",
    ),
    (
        "How often are database backups made?",
        "backup schedule of the database",
        "Do we back up the production database daily?",
    ),
    (
        "How do I restore a database backup?",
        "restoring the db from a backup, steps",
        "What is the procedure to recover the production database from a dump?",
    ),
    (
        "What is the bonus for referring a friend?",
        "employee referral bonus amount",
        "How much do I get if somebody I recommended is hired?",
    ),
    (
        "How long is the probation period?",
        "trial period for new employees",
        "For how many months am I on probation after joining?",
    ),
    (
        "What is the notice period when I quit?",
        "I want to resign, how long do I have to stay?",
        "resignation notice, how many weeks",
    ),
    (
        "How do I erase a customer's personal data?",
        "customer wants all his data deleted, what now",
        "GDPR deletion request, how is it done?",
    ),
    (
        "When is payday in December?",
        "what day are salaries paid at the end of the year",
        "Do we get paid earlier in December?",
    ),
    (
        "Is there a pension plan?",
        "does the company pay into a pension",
        "retirement savings, does the employer contribute?",
    ),
    (
        "What is the meal allowance on business trips?",
        "per diem for food while travelling",
        "How much can I spend on food when I travel for work?",
    ),
    (
        "May I fly business class?",
        "is business class allowed on long flights",
        "Which class do I book for flights over eight hours?",
    ),
    ("Who painted the mural in the lobby?",),
    ("Which port does the metrics exporter use?",),
    ("What was revenue in 2021?",),
    ("Do we have a chess club?",),
)


def pairs(groups: tuple[tuple[str, ...], ...], found: list[list[int]]) -> tuple[float, float]:
    """Precision and recall of a grouping, over pairs of questions in the order of `groups`."""
    label = [number for number, group in enumerate(groups) for _ in group]
    true = {(i, j) for i in range(len(label)) for j in range(i) if label[i] == label[j]}
    made = {(i, j) for group in found for i in group for j in group if j < i}
    return len(true & made) / max(len(made), 1), len(true & made) / len(true)
