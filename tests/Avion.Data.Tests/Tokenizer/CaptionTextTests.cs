namespace Avion.Data.Tests;

public sealed class CaptionTextTests
{
    [Fact]
    public void Normalization_form_C_is_that_of_Python()
    {
        foreach ((string text, string expected) in Forms("nfc"))
        {
            Assert.Equal(expected, CanonicalComposition.Normalize(text));
        }
    }

    [Fact]
    public void Html_is_unescaped_as_Python_does()
    {
        foreach ((string text, string expected) in Forms("html"))
        {
            Assert.Equal(expected, HtmlEntities.Unescape(text));
        }
    }

    [Fact]
    public void Lower_case_is_that_of_Python()
    {
        foreach ((string text, string expected) in Forms("lower"))
        {
            // The texts are in normalization form C but for one, which the repair composes first.
            Assert.Equal(CanonicalComposition.Normalize(expected), CanonicalComposition.Normalize(CaptionText.Clean(text)));
        }
    }

    [Theory]
    [InlineData("a\u2018b\u2019 \u201Cc\u201D \u02BC", "a'b' \"c\" '")]
    [InlineData("\u0132 \u0149 \uFB05", "ij 'n \u017Ft")]
    [InlineData("\uFF21\uFF22\u3000\uFF76", "ab \u30AB")]
    [InlineData("\u0093hi\u0094 \u0085", "\"hi\" \u2026")]
    [InlineData("&amp;amp;amp;amp;lt;", "<")]
    [InlineData("<b>&amp;amp;amp;lt;", "<b>&amp;lt;")]
    [InlineData("<p>\n&amp;amp;amp;lt;", "<p>\n&amp;lt;")]
    [InlineData("ok\u0007\u000B\u007F\u206A\uFEFF", "ok")]
    [InlineData("\u001B[1;31mX\u001B[0m\u001B", "x")]
    public void Repair_does_what_the_reference_does(string text, string expected) => Assert.Equal(expected, CaptionText.Clean(text));

    [Fact]
    public void Plain_bytes_are_those_that_cleaning_only_lowers()
    {
        for (int value = 0; value < 128; value++)
        {
            string text = $"x{(char)value}y";
            if (CaptionText.IsPlain(Encoding.ASCII.GetBytes(text)))
            {
                Assert.Equal(text.ToLowerInvariant(), CaptionText.Clean(text));
            }
        }
    }

    private static IEnumerable<(string Text, string Expected)> Forms(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Repository.Asset("data", "text_forms.json")));
        foreach (JsonElement pair in document.RootElement.GetProperty(name).EnumerateArray())
        {
            yield return (pair[0].GetString()!, pair[1].GetString()!);
        }
    }
}
