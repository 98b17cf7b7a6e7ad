using Avion.Cli;

namespace Avion.App.Tests;

/// <summary>No file name commands a terminal.</summary>
public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("plain é 影.mp4", "plain é 影.mp4")]
    [InlineData("a\u001b[2J\u001b]0;title\u0007.mp4", "a\\u001b[2J\\u001b]0;title\\u0007.mp4")]
    [InlineData("a\r\n\tb", "a\\u000d\\u000a\\u0009b")]
    [InlineData("\u009b31mred \u007f", "\\u009b31mred \\u007f")]
    [InlineData("gpj.\u202egnp.exe", "gpj.\\u202egnp.exe")]
    [InlineData("", "")]
    public void Control_characters_are_written_and_not_obeyed(string name, string shown) => Assert.Equal(shown, PrintableText.Of(name));

    [Fact]
    public void Lines_stay_where_a_text_may_have_some() =>
        Assert.Equal("one\ntwo\\u001b", PrintableText.Of("one\ntwo\u001b", mayHaveLines: true));

    [Fact]
    public void A_display_shows_no_control_characters_of_what_it_is_told()
    {
        StringWriter written = new();
        using (ProgressDisplay display = new(written, isTerminal: false, columns: 80))
        {
            display.Line("warning: 'a\u001b]0;x\u0007.mp4'");
            display.Report("work", 0.5, "b\u001b[1m");
        }

        Assert.DoesNotContain('\u001b', written.ToString());
        Assert.Contains("'a\\u001b]0;x\\u0007.mp4'", written.ToString());
    }
}
