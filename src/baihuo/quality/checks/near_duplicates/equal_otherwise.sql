-- Pairs of listings that are equal in all but their words: a, b (numbers of titles, a
-- first).
--
-- Equal are brand and model, or brand, category, all attributes and price. Words of
-- another seller ("sneakers", "running shoes") have no title in common with them. A
-- model of many listings names a kind of product, and where attributes and price are
-- often equal they do not tell products apart: a poster has a size, not a picture.
-- Copies that their titles or models show anyway say nothing about that.
--
-- {rows}               products: brand, model, category, attributes, currency,
-- price_minor
-- {max_model_listings} listings of a brand with one model
-- {min_attributes}     attributes that are equal
-- {min_similarity}     of titles, 0 to 1: the pair is a copy by its titles
-- {max_equal_share}    of the listings with so many that may be equal, 0 to 1
with
    listings as (
        select
            n,
            lower(trim(brand)) as brand,
            regexp_replace(lower(model), '[^\p{L}\p{N}]', '', 'g') as model,
            category,
            attributes,
            currency,
            price_minor
        from {rows}
        join (select n, import_id, line from titles) as t using (import_id, line)
        where length(trim(brand)) > 1 and category <> ''
    ),
    of_models as (
        select list(n order by n) as numbers
        from listings
        where length(model) >= 4 and regexp_matches(model, '[0-9]')
        group by brand, model
        having count(*) between 2 and {max_model_listings}
    ),
    of_values as (
        select list(n order by n) as numbers
        from listings
        where
            price_minor > 0
            and length(attributes) > 2
            and json_valid(attributes)
            and len(json_keys(attributes)) >= {min_attributes}
        group by brand, category, attributes, currency, price_minor
    ),
    known_copies as (
        select a, b
        from compared
        where similarity >= {min_similarity}
        union
        select numbers[1] as a, numbers[2] as b
        from of_models
        where len(numbers) = 2
    ),
    pairs_of_values as (
        select numbers, numbers[1] as a, numbers[2] as b
        from of_values
        where len(numbers) = 2
    ),
    n_equal as (
        select
            coalesce(
                (
                    select 2 * count(*)
                    from pairs_of_values
                    anti join known_copies using (a, b)
                ) + (
                    select coalesce(sum(len(numbers)), 0)
                    from of_values
                    where len(numbers) > 2
                ),
                0
            ) as n
    ),
    telling_values as (
        select numbers
        from pairs_of_values, n_equal
        where n_equal.n <= {max_equal_share} * (select sum(len(numbers)) from of_values)
    ),
    groups as (
        select numbers
        from of_models
        union all
        select numbers
        from telling_values
    )
select distinct numbers[i] as a, numbers[j] as b
from groups, range(1, len(numbers)) as x(i), range(2, len(numbers) + 1) as y(j)
where i < j
order by a, b
