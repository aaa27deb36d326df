"""Word classes that tell things to keep from other nouns. Plain data, no logic."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Finite verbs and imperatives that are hardly ever nouns.
PLAIN_VERBS = _set(
    "modify manage manages maintain maintains delete deletes specify specifies define defines determine "
    "determines generate generates provide provides ensure ensures calculate calculates improve improves "
    "reduce reduces assign assigns include includes contain contains collect collects enter enters submit "
    "submits upload uploads add adds create creates select selects choose chooses keep keeps require "
    "requires receive receives handle handles send sends stores "
)
#: Third persons that may end a clause's subject and begin its object.
CHOOSING = _set("select choose accept assign send receive create make confirm approve reject use submit")
#: Plural words that stand in front of another noun ("sales order", "materials plan").
PLURAL_LEADS = _set(
    "sales goods sports news customs savings materials requirements operations systems communications arts "
    "accounts parts works contents options"
)
#: Adjectives that a cut heading leaves alone ("financial management module").
ADJECTIVES_ONLY = _set(
    "personal additional financial basic physical comprehensive current related various overall external "
    "internal detailed managerial operational actual mutual relevant further specific different general "
    "complex human own such same single available online"
)
#: What is done to a thing is not another thing.
DOINGS = _set("completion creation modification deletion addition updating editing adding deleting")
#: The house in front of what it has ("company employees").
HOUSE = _set("company enterprise organization organisation institution corporation firm")
#: Words that end like an adverb and are none.
NO_ADVERBS = _set(
    "supply assembly family reply anomaly daily weekly monthly yearly quarterly hourly early elderly ally "
    "monopoly butterfly jelly"
)
#: Words that end like a participle and are none.
NO_PARTICIPLES = _set("feed seed bed breed need speed shed weed deed creed steed embed")
#: Heads of a name that sort what stands before them ("product category").
CLASSES = _set("category type class kind group genre brand level status tag series department")
#: Roles of people whom the house serves, never of its own staff.
CLIENTS = _set(
    "customer client user member bidder borrower applicant requester follower followee patient guest visitor "
    "buyer seller recipient receiver sender holder owner lender creator author host publisher uploader "
    "tenant passenger reader student"
)
#: Of these, roles that whoever signs in or works for the house may have towards a row.
SIGNED = _set("creator author sender receiver recipient publisher uploader owner host seller holder")
#: Tables of the people whom the house serves, in order of how likely a role means them.
SERVED = ("user", "member", "customer", "client", "patient", "visitor", "reader")
#: Tables of those who work for the house; the first there is takes in the roles nobody describes.
STAFF = ("employee", "staff", "personnel", "worker")
#: Roles that employees have.
ROLES = _set(
    "manager leader supervisor director head salesperson salesman operator approver inspector cashier clerk "
    "administrator officer technician representative purchaser buyer keeper custodian handler distributor "
    "superior subordinate auditor foreman picker packer dispatcher recruiter interviewer trainer"
)
#: What lists several things, each of which stands in other lists as well.
DOCUMENTS = _set(
    "order request prescription promotion activity event invoice menu recipe package plan bill contract cart "
    "purchase sale transaction shipment delivery project task course receipt requisition basket wishlist "
    "playlist quotation quote booking reservation"
)
#: What stands in such lists.
GOODS = _set(
    "product item material drug medicine ingredient part component dish book resource equipment service good "
    "commodity asset tool tag keyword skill song track meal medication supply raw"
)
#: People who are nobody's staff in particular.
PEOPLE = _set("student teacher researcher expert volunteer player athlete participant beneficiary speaker")
#: Words that look like a noun where a sentence was cut, and are a doing.
NO_NOUNS = _set(
    "browse view search look see find explore recording performing managing using making doing providing "
    "associating supporting including tracking storing ensuring adding viewing editing"
)
#: Places that several documents may list.
PLACES = _set("store shop branch warehouse site venue city region station")
#: What makes a group a firm; an income group is none.
CORPORATE = _set("corporate company business enterprise industrial retail hotel")
#: Participles that say what became of a thing, not which kind it is.
DONE = _set(
    "managed stored recorded saved tracked maintained posted published uploaded submitted completed graded "
    "kept collected entered registered"
)
#: Columns whose values are what people are ("positions include manager and clerk").
POSTS = _set("position role title post rank job")
#: Roles that one of the staff has towards another.
ABOVE = _set("manager superior supervisor boss leader lead")
#: What people have and is no table where nothing is told of it.
QUALITIES = _set("avatar nickname identity behavior behaviour password statistic")
#: Heads by which things are told apart; a column where nobody keeps or describes them.
KINDS = _set("type kind level status standard mode strategy")
#: How much of a thing stands in a list.
AMOUNTS = _set("quantity amount count number")
#: Heads of what is done, of which records are kept under another name ("maintenance task").
ACT_ENDINGS = ("ance", "tion", "ment", "ing", "val")
#: More people who work somewhere.
WORKERS = _set(
    "engineer librarian agent professor lecturer broker pharmacist accountant lawyer designer developer "
    "volunteer guard cook waiter farmer trainer analyst scientist researcher therapist dentist"
)
#: What a house does with what it has.
RUNS = _set(
    "operates operate runs run owns own manages manage undertakes employs sells sell offers offer provides "
    "produces hosts organizes organises maintains handles serves"
)
#: What a line of a document tells of a thing in it.
PER_LINE = _set("quantity amount price discount subtotal count dosage dose")
#: Where something is done ("donation site").
WHERE = _set(
    "site center centre station hall room office area venue counter facility yard place location line"
)
#: What somebody says who rates or reviews a thing.
OPINIONS = _set("score rating comment remark text feedback stars points grade opinion reason note vote")
