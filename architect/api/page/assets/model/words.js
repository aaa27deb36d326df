// The plan and the steps in words, as the command line says them.

export const NODES = {
  ingest_vibe: "Read the spec",
  generate_plan: "Plan",
  provision_environment: "Environment",
  apply_migrations: "Tables",
  configure_rls: "Row-level security",
  deploy_edge_functions: "Functions",
  configure_analytics: "Analytics",
  finalize: "Proof",
};
export const NODE_NAMES = Object.keys(NODES);
export const AUTH_USERS = "auth.users";
/** Roles that may begin builds, and put right or accept what became of them. */
export const WRITERS = ["owner", "admin", "member"];

const VERBS = { select: "read", insert: "add", update: "change", delete: "delete" };

/** "members by memberships (admin) may read and change" */
export function policyWords(policy, plan) {
  if (policy.kind === "service_only") return "nobody but the service";
  const verbs = policy.commands.map((command) => VERBS[command] ?? command);
  const done = verbs.length === 1 ? verbs[0] : `${verbs.slice(0, -1).join(", ")} and ${verbs.at(-1)}`;
  const rows = policy.where ? ` where ${policy.where.column} is ${policy.where.value}` : "";
  return `${who(policy, plan)} may ${done}${rows}`;
}

function who(policy, plan) {
  switch (policy.kind) {
    case "public_read": return "anyone";
    case "authenticated_read": return "every signed-in user";
    case "owner":
    case "insert_self": return `the user in ${policy.column}`;
    case "tenant": return `users whose ${policy.claim} is ${policy.column}`;
    case "parent_owner": return `the user in ${policy.owner_column} of ${tableName(plan, policy.table)}`;
    case "member":
    case "parent_member": return `members by ${tableName(plan, policy.via)}${roles(policy)}`;
    case "staff": return `everybody in ${tableName(plan, policy.via)}${roles(policy)}`;
    default: return "nobody";
  }
}

const roles = (policy) => (policy.roles_in?.length ? ` (${policy.roles_in.join(", ")})` : "");

/** The name of the table with this id. */
export const tableName = (plan, id) => plan.tables.find((table) => table.id === id)?.name ?? id;

/** "one of draft, sold", "more than 0" */
export function checkWords(check) {
  switch (check.kind) {
    case "one_of": return `one of ${check.values.join(", ")}`;
    case "max_length": return `at most ${check.value} characters`;
    case "not_blank": return "not blank";
    default: {
      const low = check.min === null ? "" : `${check.exclusive_min ? "more than" : "at least"} ${check.min}`;
      const high = check.max === null ? "" : `at most ${check.max}`;
      return [low, high].filter(Boolean).join(" and ");
    }
  }
}

/** "Second Wind: a marketplace" from the plan, else from the first line of the spec. */
export function titleOf(plan, spec) {
  if (plan?.title) return plan.title;
  const first = (spec ?? "").split("\n").map((line) => line.replace(/^#+\s*/, "").trim()).find(Boolean) ?? "";
  return first.length > 90 ? `${first.slice(0, 89).trimEnd()}…` : first || "Untitled build";
}
