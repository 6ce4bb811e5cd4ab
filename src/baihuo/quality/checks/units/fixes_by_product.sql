-- Products with the fixes of their values: import_id, line, attributes, fixes.
-- Where the title confirms a value, a fix of all such values becomes a conversion,
-- or is left out. A value far from its siblings is converted only where the product's
-- own title says the new size, since one witness is none; else it is noted.
--
-- {rows} the products left, with attributes (JSON)
-- {tolerance} relative, up to which two measures are the same
with
    matches as (
        select
            p.import_id,
            p.line,
            p.key,
            p.text,
            p.is_text,
            f.rule,
            f.new,
            f.why,
            f.new_if_confirmed,
            f.new_base,
            f.line is null as is_general
        from numeric_attributes as p
        join
            value_fixes as f
            on f.category = p.category
            and f.key = p.key
            and f.text = p.text
            and f.is_text = p.is_text
            and (f.line is null or (f.line = p.line and f.import_id = p.import_id))
    ),
    confirmed as (
        select distinct n.import_id, n.line, n.key, true as is_confirmed
        from measured_values as n
        join matches using (import_id, line, key)
        join title_measures as t using (import_id, line, dimension)
        where
            abs(n.base - t.base) <= {tolerance} * t.base
            or abs(n.base - t.other) <= {tolerance} * t.other
    ),
    said as (
        select distinct m.import_id, m.line, m.key, true as is_said
        from (select * from matches where new_base is not null) as m
        join title_measures as t using (import_id, line)
        where
            abs(m.new_base - t.base) <= {tolerance} * t.base
            or abs(m.new_base - t.other) <= {tolerance} * t.other
    ),
    product_fixes as (
        select
            import_id,
            line,
            key,
            text,
            is_text,
            why,
            case
                when is_confirmed and is_general and rule = 'unit_slip'
                then 'unit_form'
                else rule
            end as rule,
            case
                when is_confirmed and is_general and rule = 'unit_slip'
                then new_if_confirmed
                when new_base is null or is_said
                then new
            end as new
        from matches
        left join confirmed using (import_id, line, key)
        left join said using (import_id, line, key)
        where
            not (
                is_confirmed is true
                and is_general
                and rule in ('unit_slip', 'unit_outlier')
                and new_if_confirmed is null
            )
    )
select
    import_id,
    line,
    any_value(attributes) as attributes,
    list(
        struct_pack(key := key, text := text, rule := rule, new := new, why := why)
        order by key, rule, new
    ) as fixes
from product_fixes
join {rows} using (import_id, line)
group by import_id, line
