-- findings.parquet: one row for each finding, with the version of the rule that made
-- it.
-- {parts}    SQL for the findings of both tables: table, import_id, line, rule,
-- action, detail
-- {versions} each check with its version, as rows of VALUES
with versions(rule, rule_version) as (values {versions})
select
    "table",
    import_id || ':' || line as row_id,
    rule as "check",
    action,
    detail,
    rule_version
from ({parts})
join versions using (rule)
order by "table", import_id, line, rule, action, detail
