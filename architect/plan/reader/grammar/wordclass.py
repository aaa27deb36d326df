"""Word classes for the tagger: verbs by what they do to a list, and what joins one. Plain data, no logic."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What follows is what the subject is made of.
HAVE = _set(
    "has have having includes include including contains contain containing consists consist consisting "
    "comprises comprise comprising carries carry possesses possess possessing features encompasses "
    "encompass covers cover holds hold bears"
)
#: What follows is kept by the subject.
KEEP = _set(
    "record records recording store stores storing save saves saving keep keeps keeping track tracks "
    "tracking register registers registering capture captures capturing maintain maintains maintaining "
    "document documents documenting log logs logging collect collects collecting know note notes noting "
    "archive archives"
)
#: Kept as well, but a list of plain plurals after it is a list of things.
MANAGE = _set(
    "manage manages managing administer administers administering handle handles handling query queries "
    "querying monitor monitors monitoring display displays displaying view views viewing maintain "
    "maintains maintaining show shows showing"
)
#: What follows is what a person fills in for the object.
GIVE = _set(
    "provide provides providing enter enters entering specify specifies specifying fill fills filling "
    "set sets setting indicate indicates indicating upload uploads uploading define defines defining "
    "state states stating give gives giving supply supplies supplying input inputs inputting choose "
    "chooses choosing select selects selecting describe describes describing add adds adding attach "
    "attaches submit submits submitting create creates creating publish publishes publishing post posts "
    "posting require requires requiring need needs needing assign assigns assigning associate "
    "associates associating link links linking send sends sending mark marks"
)
#: After "be" or "is": the subject is kept.
KEPT = _set(
    "known recorded stored kept tracked saved registered noted documented maintained required collected "
    "entered captured logged provided specified included filled managed"
)
#: "is described by": what follows is what the subject is made of.
DESCRIBED = _set(
    "described known identified characterized characterised defined distinguished recorded stored registered "
    "documented kept tracked represented specified"
)
#: Never a noun in a spec; other verbs are told by what stands next to them.
VERBS = _set(
    "collect collects providing specifying choosing entering defining indicating submitting assigning "
    "upload uploads uploading provide provides specify specifies choose chooses enter enters define "
    "defines indicate indicates submit submits assign assigns using ensure ensures ensuring enable "
    "enables enabling allow allows allowing help helps helping improve improves improving facilitate "
    "facilitates facilitating achieve achieves achieving generate generates generating conduct conducts "
    "conducting perform performs performing participate participates belong belongs enroll enrolls "
    "purchase-s sell sells buy buys make makes making take takes taking become becomes go goes come "
    "comes get gets getting determine determines realize realizes realise implement implements "
    "implementing undertake undertakes involve involves involving correspond corresponds responds "
    "respond operate operates calculate calculates serve serves delete deletes deleting modify modifies "
    "modifying edit edits editing update updates updating browse browses browsing communicate "
    "communicates receive receives verify verifies verifying authenticate want wants wish see sees "
    "reflect reflects reflecting optimize optimise avoid avoids avoiding meet reduce reduces evaluate "
    "evaluates evaluating analyze analyzes analyse search searches searching complete completes write "
    "writes writing read reads pay pays paying allocate allocates supporting supports integrates "
    "integrate revolves aims depends understand arrange grow process-es obtains obtain produces produce "
    "teaches teach works assists tracks comply complies follow follows lists shows displays refers "
    "refer references represents represent identify identifies relate relates appear occur occurs "
    "happens happen adopts adopt employs employ hires hire exports imports accommodate accommodates "
    "spend spends"
)
#: Stand between a thing and its list.
MARKS = _set(
    "including namely specifying recording storing containing comprising documenting noting indicating "
    "capturing tracking covering registering listing displaying detailing"
)
ADVERBS = _set(
    "exactly also only then always typically usually mainly primarily simultaneously respectively "
    "currently additionally uniquely separately automatically not directly mostly generally both either "
    "each-time further comprehensively systematically accurately mandatorily clearly detailedly jointly "
    "optionally often normally necessarily thereby therefore effectively correctly fully independently "
    "regularly manually"
)
RELATIVES = _set("which who whom whose that where")
SUBORDINATORS = _set(
    "when while whenever so because since although unless until once whereas thus thereby if after "
    "before than"
)
PREPOSITIONS = _set(
    "in on at by for with from into onto through under over between among about within without via per "
    "across along around toward towards regarding concerning against as as-per throughout beyond behind "
    "upon during"
)
#: Prepositions that may stand inside an attribute's or a thing's name.
INNER = _set("of for in on about regarding at per by from between within with to")
#: A sentence's subject that keeps, never is kept.
KEEPERS = _set(
    "management user administrator admin staff operator employee manager customer member personnel "
    "table store warehouse school hospital"
)
#: Verbs that are as often nouns, or stand before one ("update time").
NOUNS = _set(
    "notes note documents document logs log views view posts post links link states state sets set "
    "lists hire hires list marks mark inputs input needs displays display update search read delete "
    "edit transport return purchase process report reports works pay archive archives support features "
    "covers cover holds"
)
#: What is looked at need not be kept.
WATCH = _set(
    "track tracks tracking monitor monitors monitoring view views viewing query queries querying "
    "display displays displaying show shows showing manage manages managing handle handles handling"
)
#: Participles that do not end in -ed.
IRREGULAR = _set("kept held given taken made known written shown sold bought paid sent built set put read")
#: What a person fills in when making something.
FILL = _set(
    "assign assigns assigning provide providing enter enters entering specify specifies specifying fill "
    "filling set setting input inputting upload uploading supply supplying indicate indicating choose "
    "choosing select selecting add provides adding define defining"
)
#: "each rental transaction" is what "rental records" are about.
OCCURRENCES = _set("transaction instance occurrence activity event entry action")
#: What is done with rows is no attribute of them.
ACTIONS = _set(
    "creation modification deletion querying query management updating update addition viewing entry "
    "recording tracking allocation editing adding deleting modifying searching browsing registration "
    "login logout removal maintenance monitoring"
)
#: What a person tells of himself.
PERSONAL = _set(
    "name names email phone password username address age gender birthday nickname avatar account"
)
#: What follows comes into being.
MAKE = _set(
    "add adds adding post posts posting submit submits send sends generate generates generating make "
    "makes making place places create creates creating publish publishes"
)
#: Where nothing else is a verb, these are ("the gym offers courses").
LAST_RESORT = KEEP | GIVE | MANAGE | NOUNS | {"offers", "orders", "requests", "reserves"}
#: Third persons that never are a plural.
ALWAYS = _set("manage manages maintain maintains keeps captures saves")
#: Verbs of people who make themselves known.
JOIN = _set("register registers apply enroll sign")
#: Announces what follows, and is nothing itself.
GATHERED = frozenset({"following", "content", "contents", "particulars", "profile", "profiles"})
#: "a set of attributes" is its attributes.
SETS = _set("set series range variety collection group recording storage")
#: What one has to do something.
CHANCES = _set("option ability right opportunity possibility chance choice permission need obligation duty")
#: "Per day" is how often, not of what.
SPANS = _set("day week month quarter year hour minute night")
#: "Each ward is given a name and a floor".
ASSIGNED = _set("assigned given allocated")
#: "account information of the operators" is about the operators.
GENERAL = _set("account personal contact login profile operational identity background")
#: "number of seats" is about the number.
COUNTS = _set("number count total quantity amount date time place list sum percentage type")
SOFTWARE = _set("system platform function database application app website software")
#: "The table of orders", "the orders module": a thing's place, called by the thing.
PLACES = _set("table tables entity module form file")
#: Doings that tell of the thing itself ("when adding a product").
ENTERING = _set("adding creating entering editing updating publishing uploading posting submitting")
#: What happens to an attribute: "the price of each article can be changed".
SEEN = _set("changed updated displayed viewed shown modified edited queried adjusted")
#: What people do, where the word is as often a noun ("doctors issue prescriptions").
DEEDS = _set(
    "issue order book request borrow rent visit treat attend own place offer supply deliver use sign "
    "review rate purchase report process return handle schedule reserve"
)
