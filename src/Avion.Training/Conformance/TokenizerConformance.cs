using System.IO;
using System.Linq;
using System.Text.Json;
using Avion.Data;

namespace Avion.Training.Conformance;

/// <summary>Token identifiers of captions under CLIP's published vocabulary, exactly.</summary>
internal sealed class TokenizerConformance : IConformanceKind
{
    public string Kind => "clip_tokenizer";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        if (context.VocabularyPath is null)
        {
            throw new FileNotFoundException("CLIP's published merges file (bpe_simple_vocab_16e6.txt) is needed: give it with --vocabulary.");
        }

        BytePairTokenizer tokenizer = BytePairTokenizer.Load(context.VocabularyPath);
        int contextLength = fixture.Int("context");
        foreach (JsonElement item in fixture.Required("cases").EnumerateArray())
        {
            string text = item.Required("text").GetString()!;
            int[] ids = tokenizer.Encode(text, contextLength);
            figures.Same($"token ids of \"{(text.Length > 40 ? text[..40] + "…" : text)}\"", ids.SequenceEqual(item.Required("ids").Ints()),
                $"got {string.Join(' ', ids)}");
        }
    }
}
