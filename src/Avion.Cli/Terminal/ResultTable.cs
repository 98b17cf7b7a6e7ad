using Spectre.Console;

namespace Avion.Cli;

/// <summary>A small table of results on standard output.</summary>
public sealed class ResultTable(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write()
    {
        Table table = new() { Border = TerminalStyle.OutputIsTerminal ? TableBorder.Rounded : TableBorder.None };
        foreach (string heading in headings)
        {
            table.AddColumn(new TableColumn(Markup.Escape(heading)));
        }
        foreach (string[] row in _rows)
        {
            table.AddRow([.. row.Select(cell => new Text(PrintableText.Of(cell)))]);
        }
        TerminalStyle.CreateOutput().Write(table);
    }
}
