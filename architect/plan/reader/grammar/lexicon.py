"""The closed word classes the reader knows. Plain data, no logic."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _set(
    "a an the each every all any both this that these those its their our your my his her one such "
    "another no "
    "either neither some"
)
QUANTIFIERS = _set("multiple many several various different numerous more few zero two three more least most")
#: Say nothing about which thing is meant.
FILLERS = _set(
    "basic detailed specific corresponding relevant related associated respective complete general main "
    "core own "
    "individual particular certain following necessary essential additional unique existing registered "
    "available "
    "daily weekly monthly regular periodic routine "
    "overall key relevant current-day appropriate new other separate independent individual personal single "
    "given actual-day entire whole only also exact exactly full-fledged important historical"
)
#: May stand before a noun in a list item and are part of its name, but not of an entity's.
TRAILERS = _set("information details detail data info table tables entity entities relation module records")

PRONOUNS = _set(
    "i we you he she it they them us him me who whom whose which what there here where when why how that "
    "this "
    "these those itself themselves everyone everybody anyone anybody nobody none someone something nothing "
    "everything else"
)
MODALS = _set("can could must shall should will would may might cannot can't mustn't won't")
BE = _set("is are was were be been being am isn't aren't")
PREPOSITIONS = _set(
    "serving acting also in on at by for with from to into onto upon through during after before under "
    "over between among about "
    "within without via per as like than against across along around toward towards regarding concerning if "
    "because so while whenever until unless once although though whether but"
)
#: Finite verbs that end a list of things; words that are as often nouns are left out.
VERBS = _set(
    "has have had having do does did includes include including contains contain containing allows allow "
    "supports ensures ensure ensuring provides provide providing enables enable enabling helps help requires "
    "require required requiring needs need manages manage managing needed stores store storing tracks "
    "tracking "
    "records recorded recording maintains maintain maintaining belongs belong belonging consists comprises "
    "generates generate supporting making makes make facilitating facilitate using uses use used keeps keep "
    "describes describe saves save saving enters enter corresponds correspond undertakes "
    "wants want see sees view views edit edits delete deletes create creates publish publishes submit "
    "submits "
    "involve involves involving represents serves serve becomes become gets get goes go "
    "comes come takes take gives give shows adding modifying deleting creating updating querying viewing "
    "editing "
    "improving improve achieve achieving reflects reflecting performs perform performing "
    "implements implement implemented operates operate calculates calculate associates linked links "
    "stored registered identified associated realize realizing covers cover sends receives"
)
#: Heads that never are a table: the product itself, its parts and its qualities.
NOT_ENTITIES = _set(
    "system systems platform application app website software database solution tool interface module "
    "modules "
    "function functions functionality feature features requirement requirements management information "
    "data datum "
    "detail details process processes operation operations indicator indicators basic business support "
    "analysis statistics statistic "
    "aspect aspects way ways thing things time times date dates number numbers name names type types status "
    "description purpose purposes basis order-to access efficiency quality security integrity consistency "
    "accuracy transparency relationship relationships association associations attribute attributes field "
    "fields "
    "table tables entity entities record records primary foreign key keys id ids user-interface query "
    "queries "
    "ability need needs goal goals scope overview summary introduction background question questions-and "
    "section page-load case cases example examples part parts-of list lists set sets kind kinds person "
    "people "
    "everyone anyone someone result-set following above below total amount value values level levels "
    "condition conditions rule rules role-based case-by reason reasons "
    "tracking monitoring querying reporting searching storage maintenance-of design structure performance "
    "basics core use usage effect row rows column columns content-of moment end start beginning "
    "day days week weeks month months year years hour hours minute minutes euro euros dollar dollars percent "
    "real-time support-of one two three side member-of combination identifier code situation situations "
    "history work workload environment decision decisions progress method methods means line lines side sides"
)
#: Not even where the text says "each".
NEVER_ENTITIES = _set(
    "system platform app website software database information data datum detail function functionality "
    "feature "
    "requirement aspect way thing time number name status purpose basis efficiency quality relationship "
    "association attribute field table entity key id one two three side section module of value date "
    "record day week month year hour minute type kind"
)
#: Of the words above, those that do name a table once another word says which ("medical record").
ENTITIES_WHEN_NAMED = _set(
    "part record level history type line case rule method session application service process usage progress"
)
#: "a list of X" is about the X.
AMOUNTS = _set("list type kind set number information range variety lot group collection datum")
#: "date of birth", "terms of service": names that keep their order.
PARTS = _set("date terms place country bill head point unit means center certificate letter line code")
#: Plural words that are attributes, not tables, where they stand in a list.
ATTRIBUTES = _set(
    "name number email phone address date time price cost fee salary status type responsibility title "
    "position "
    "permission signature image photo description quantity amount detail content result duration score grade "
    "credit point specification indicator hour setting password username gender role contact remark "
    "requirement location rate weight attachment link url id code tag keyword characteristic condition "
    "opinion"
)
#: Organisations that the text is written for; a table only when the text gives them attributes of their own.
WORLD = _set(
    "company enterprise organization organisation agency institution business retailer wholesaler school "
    "university hospital factory firm corporation group shop library clinic hotel center centre bureau "
    "government office association manufacturer operator provider market-place marketplace college institute"
)
#: Groups of users that data belongs to.
TENANTS = _set("organization organisation team workspace tenant company account group agency household")
#: Of the words for what people do, those that are as often nouns ("see products and order history").
NOUN_VERBS = _set(
    "order list comment book issue record request post review check search query change access contact "
    "report register open close control look place mark"
)
#: What is booked or reserved and is itself the record of it.
OCCASIONS = _set(
    "appointment meeting session visit consultation lesson viewing booking reservation order request trip"
)
#: "Regular users" are users.
PLAIN_USERS = _set(
    "regular ordinary normal common general standard individual platform system end site website app"
)
#: People who work for the house: "doctors can see patients" means all of them.
HOUSE_ROLES = _set(
    "admin administrator moderator staff employee operator support superuser manager supervisor editor "
    "curator auditor accountant agent librarian receptionist coordinator doctor nurse physician teacher "
    "technician worker personnel officer clerk cashier registrar secretary director inspector pharmacist"
)
#: People who act for the house as a whole, whichever the row.
GLOBAL_ROLES = _set(
    "admin administrator moderator staff employee operator support superuser manager supervisor editor "
    "curator "
    "auditor accountant agent librarian receptionist coordinator"
)
#: Words that name a person who acts for the house; in order of how likely they mean "the staff".
STAFF = (
    "employee", "staff", "personnel", "worker", "person", "user", "technician", "teacher",
    "operator", "administrator", "officer", "doctor",
)  # fmt: skip
#: Heads of an attribute that name a person in a role.
PERSON_ROLES = _set(
    "operator salesperson purchaser buyer producer processor approver inspector reviewer manager leader head "
    "supervisor director owner author creator publisher sender receiver recipient reporter borrower lender "
    "holder maintainer distributor handler counter archivist evaluator interviewer instructor teacher mentor "
    "assignee executor uploader editor organizer organiser host chair coach referee driver captain pilot "
    "officer registrar cashier clerk auditor administrator personnel staff technician mechanic "
    "doctor nurse physician follower followee representative seller bidder consultant requester applicant "
    "responder questioner keeper conductor agent custodian worker employee person user customer client member"
)
#: "A can ... several B" and the other way round: a join table even when one side only is said to be plural.
SHARING_VERBS = _set(
    "participate join attend enrol enroll register subscribe follow like favourite favorite take "
    "select "
    "choose apply use work collaborate sign involve"
)
SYSTEM = _set(
    "system platform application app website software database it we module company function they tool "
    "service "
    "solution program portal management site business enterprise organization school hospital clinic library"
)
COLLECTIVE = _set("information details detail data records record particulars attributes fields properties")
STATE_NAMES = _set(
    "status state stage phase condition type category kind level role priority severity gender"
)
SHARED_HEADS = _set(
    "date dates time times price prices station stations number numbers name names id ids address addresses "
    "phone phones code codes quantity quantities amount amounts rate rates location locations city cities "
    "rating "
    "ratings day days hour hours"
)
#: Titles that introduce rules, plans and talk, never a table.
HEADINGS_APART = _set(
    "overview introduction background goals goal scope requirements requirement summary roles permissions "
    "access "
    "security rules notes questions vision purpose users personas glossary timeline milestones metrics "
    "analytics reporting reports future later phase constraints privacy compliance performance functions "
    "features functionality context problem out not who what why how"
)
READ = _set("see view read browse search list access find look know download explore query check visible")
INSERT = _set(
    "add create place post submit write book request publish upload open make leave send record register "
    "raise propose invite reserve issue enter order insert comment reply"
)
UPDATE = _set(
    "edit change update modify correct cancel withdraw rename approve confirm close revise adjust write "
    "amend alter mark assign reassign accept decline resolve reject fill"
)
DELETE = _set("delete remove erase destroy")
ALL = _set("manage maintain administer handle control")
ADJECTIVES = _set(
    "active published public open visible approved available draft closed sold archived confirmed live "
    "pending paid private featured accepted completed verified current upcoming finished"
)
RELATIVE = _set(
    "reply superior sub parent child source target original previous next current home assigned starting "
    "ending start "
    "end departure arrival origin destination main default old new transfer-in supervising owning "
    "belonging participating promotional active"
)
LEADS = _set(
    "start end begin starting ending opening closing planned actual estimated expected departure arrival "
    "check creation update updated created first last old new home work billing shipping purchase sale "
    "selling minimum maximum min max entry exit login logout issue due return borrow checkin checkout "
    "pickup delivery weekday weekend original current previous next source target in out check-in check- "
    "out sign-in sign-out morning evening birth loan enrollment"
)
GERUND_HEADS = _set(
    "number id code time date status cost fee price personnel person staff location method frequency "
    "quantity content result type standard"
)
TAILS = _set(
    "management tracking module function functions functionality table entity entities information "
    "details data info section registration recording reporting handling relation query queries records"
)
FIELD_HEADS = _set("field column attribute property name feld")
ENTITY_HEADS = _set("entity table object thing record model resource item entities")
LIST_HEADS = _set("fields columns attributes properties contains details data what")
KEPT_ELSEWHERE = _set("password passwords passcode")
#: Endings by which an attribute names another table's row.
ID_TAILS = _set("id ids number no code identifier num uuid")
PARTICIPLES = _set(
    "sold made bought taught held written used given involved paid purchased produced processed procured "
    "related associated assigned corresponding responsible selected rented borrowed ordered booked "
    "reserved belonging affiliated linked enrolled applied donated performed consumed stored shipped "
    "delivered inspected prescribed issued attended participating reviewed authorized"
)
#: "store numbers, store names": one of each per row.
ONE_EACH = _set("name number email phone address date time price id status code username")
#: Nouns that are a piece of text where they stand as an attribute, also when there is a table of that name.
TEXTS = _set("message comment note description feedback content text body remark review reply")
#: "Record the orders" is an order to us, not a record of something.
IMPERATIVES = _set("record store manage track keep save maintain query log register support provide")
#: Columns that rows often do without, also when the spec does not call them optional.
SOFT = _set(
    "description note notes remark remarks caption bio photo image avatar logo reason website details "
    "detail feedback middle fax attachment"
)
