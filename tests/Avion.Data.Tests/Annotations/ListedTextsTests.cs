using Avion.Testing;

namespace Avion.Data.Tests;

/// <summary>The one rule for files that list texts.</summary>
public sealed class ListedTextsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Marks_comments_and_empty_lines_are_no_texts_and_narrations_are()
    {
        ListedTexts listed = Read("\uFEFFopen a drawer \r\n# a comment\n\n#\n#C C opens\n#unsure\n\t\nOPEN a drawer\n", static text => text);

        Assert.Equal(["open a drawer", "#C C opens", "#unsure"], listed.Texts);
        Assert.Equal([1, 5, 6], listed.Lines);
        Assert.Equal(2, listed.Notes.Count);
        Assert.Contains("line 8: 'OPEN a drawer' stands on line 1 already", listed.Notes[0], StringComparison.Ordinal);
        Assert.Contains("lines 3, 7 are empty", listed.Notes[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Repeated_texts_are_kept_where_each_line_counts() => Assert.Equal(["a", "a"], Read("a\na\n", meaningOf: null).Texts);

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF\n# nothing\n")]
    public void A_file_without_texts_is_refused(string content) =>
        Assert.Contains("has no word", Assert.Throws<DataException>(() => Read(content, meaningOf: null)).Message, StringComparison.Ordinal);

    [Fact]
    public void Classes_and_labels_follow_the_rule()
    {
        File.WriteAllText(_folder.File("list.txt"), "\uFEFFcut\n# a comment\n\npour {}\n");
        Assert.Equal(["cut", "pour {}"], ClassList.Read(_folder.File("list.txt")).Names);
        Assert.Equal(["cut", "pour {}"], LabelLines.Read(_folder.File("list.txt")).Names);
    }

    private ListedTexts Read(string content, Func<string, string>? meaningOf)
    {
        File.WriteAllText(_folder.File("list.txt"), content);
        return ListedTexts.Read(_folder.File("list.txt"), "word", meaningOf);
    }
}
