-- TODO: what its rows are
-- {list}
-- {versions}
with versions(rule, rule_version) as (values {versions})
select
    "table",
    import_id || ':' || line as row_id,
    rule as "check",
    action,
    detail,
    rule_version
from ({list})
join versions using (rule)
order by "table", import_id, line, rule, action, detail
