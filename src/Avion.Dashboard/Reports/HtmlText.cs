using System.Net;
using System.Text;

namespace Avion.Dashboard;

/// <summary>A page that is being written. Whatever comes from a run is escaped; descriptions of pictures are made different.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _page = new();
    private readonly HashSet<string> _descriptions = new(StringComparer.Ordinal);

    /// <summary>Adds markup as it is.</summary>
    public HtmlText Markup(string markup)
    {
        _page.Append(markup);
        return this;
    }

    /// <summary>Adds text.</summary>
    public HtmlText Text(string text) => Markup(Escape(text));

    /// <summary>Adds the name of a file, which breaks behind its folders.</summary>
    public HtmlText Path(string name) => Markup(string.Join("/<wbr>", name.Split('/').Select(Escape)));

    /// <summary>Adds an element with text inside.</summary>
    public HtmlText Element(string tag, string text, string attributes = "") =>
        Markup($"<{tag}{(attributes.Length > 0 ? " " + attributes : "")}>").Text(text).Markup($"</{tag}>\n");

    /// <summary>Adds a picture.</summary>
    /// <param name="picture">The picture, as PNG or JPEG.</param>
    /// <param name="description">What it shows, for those who do not see it; a number follows where another picture has the same.</param>
    public HtmlText Picture(byte[] picture, string description)
    {
        string own = description;
        for (int number = 2; !_descriptions.Add(own); number++)
        {
            own = $"{description} ({number})";
        }

        return Markup($"<img alt=\"{Escape(own)}\" src=\"{PictureType.DataAddress(picture)}\">");
    }

    /// <summary>Adds a table that scrolls in its own box where the page is narrow.</summary>
    /// <param name="label">What it tells, for those who do not see it.</param>
    /// <param name="columns">Heads of the columns; those that begin with # hold numbers.</param>
    /// <param name="rows">Cells; the first one of a row is its head.</param>
    public HtmlText Table(string label, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Markup($"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{Escape(label)}\"><table><thead><tr>");
        foreach (string column in columns)
        {
            Markup($"<th scope=\"col\"{ClassOf(column)}>").Text(column.TrimStart('#')).Markup("</th>");
        }

        Markup("</tr></thead><tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            Markup("<tr>");
            for (int i = 0; i < row.Count; i++)
            {
                string tag = i == 0 ? "th scope=\"row\"" : "td";
                Markup($"<{tag}{ClassOf(columns[i])}>").Text(row[i]).Markup(i == 0 ? "</th>" : "</td>");
            }

            Markup("</tr>\n");
        }

        return Markup("</tbody></table></div>\n");
    }

    public override string ToString() => _page.ToString();

    /// <summary>Text as it stands in markup; signs that command a terminal or turn the direction of writing are written
    /// as <c>\u001b</c>.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(PrintableText.Of(text, mayHaveLines: true));

    private static string ClassOf(string column) => column.StartsWith('#') ? " class=\"number\"" : "";
}
