-- One row per known value of a product: import_id, line, scope, key, name, value.
--
-- Scope is the department (first level of the category); the brand has scope ''.
--
-- {rows} the products left, with brand
-- {department} the first level of the category
-- {normalized_value} the column value in lower case, words with one space between
-- {normalized_brand} the brand, likewise
select *
from
    (
        select
            import_id,
            line,
            {department} as scope,
            key,
            name,
            {normalized_value} as value
        from attribute_values
        where
            is_text
            and length(value) between 2 and 24
            and regexp_matches(value, '\p{L}')
        union all
        select import_id, line, '', 'brand', '', {normalized_brand}
        from {rows}
        where length(brand) between 2 and 40
    )
where length(value) > 1
