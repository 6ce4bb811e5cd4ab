-- Findings of the check wrong_category, each with its product.
select
    findings.detail,
    findings.action,
    products.product_id,
    coalesce(products.title_en, products.title_zh) as title
from findings
left join
    products
    on findings.row_id
    = cast(products.import_id as varchar) || ':' || cast(products.line as varchar)
where findings."table" = 'products' and findings."check" = 'wrong_category'
