using Avion.Testing;

namespace Avion.Data.Tests;

public sealed class LabelLinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Empty_and_repeated_lines_are_passed_over_and_told_by_their_numbers()
    {
        LabelLines labels = Read("labels.txt", "open drawer\n\n  wash_plate  \nOpen_Drawer\n\ncut\n");

        Assert.Equal(["open drawer", "wash_plate", "cut"], labels.Names);
        Assert.Equal([1, 3, 6], labels.Lines);
        Assert.Equal(2, labels.Notes.Count);
        Assert.Contains("line 4: 'Open_Drawer' stands on line 1 already", labels.Notes[0], StringComparison.Ordinal);
        Assert.Contains("lines 2, 5 are empty", labels.Notes[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_and_lists_of_json_name_labels_too_and_nothing_is_refused()
    {
        Assert.Equal(["b", "a"], Read("labels.json", "[\"b\", \"a\"]").Names);
        Assert.Equal(["x", "y"], Read("labels.csv", "id,name\n1,y\n0,x\n").Names);
        Assert.Contains("no label", Assert.Throws<DataException>(() => Read("none.txt", "\n \n")).Message, StringComparison.Ordinal);
        Assert.Contains("line 2", Assert.Throws<DataException>(() =>
        {
            File.WriteAllBytes(_folder.File("bytes.txt"), [.. "a\n"u8, 0xFF, 0xFE, 0x0A]);
            _ = LabelLines.Read(_folder.File("bytes.txt"));
        }).Message, StringComparison.Ordinal);
    }

    private LabelLines Read(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return LabelLines.Read(_folder.File(name));
    }
}
