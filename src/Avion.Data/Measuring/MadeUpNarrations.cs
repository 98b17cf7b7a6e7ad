namespace Avion.Data;

/// <summary>Makes up clips of long videos with narrations as people and language models write them, for measurements.</summary>
/// <remarks>Videos have 450 clips each and names of 36 characters, as Ego4D's; a narration has 20 to 70 bytes.</remarks>
internal sealed class MadeUpNarrations(int seed)
{
    private const int ClipsPerVideo = 450;

    private static readonly string[] s_verbs =
        ["picks up", "puts down", "looks at", "moves", "cuts", "washes", "opens", "closes", "turns", "holds", "lifts", "drops",
            "wipes", "pulls"];

    private static readonly string[] s_nouns =
        ["the knife", "a bowl", "the wooden board", "a piece of paper", "the phone", "her left hand", "the drawer", "a screwdriver",
            "the cloth"];

    private static readonly string[] s_places =
        ["", " on the table", " with the right hand", " from the cupboard in the kitchen", " in the sink", " beside the other person",
            " on the floor"];

    private readonly Random _random = new(seed);
    private readonly byte[] _text = new byte[256];
    private int _clip;

    /// <summary>Number of the current clip's video, its name, and its times in seconds.</summary>
    public (int Number, string Name, double Start, double End) NextClip()
    {
        int video = _clip / ClipsPerVideo;
        double start = (_clip++ % ClipsPerVideo * 2.4) + _random.NextDouble();
        return (video, string.Create(CultureInfo.InvariantCulture, $"{video:x8}-bd9a-4858-953e-54e88dc7587e"), start,
            start + 0.5 + _random.NextDouble());
    }

    /// <summary>A narration as UTF-8; valid until the next.</summary>
    public ReadOnlySpan<byte> NextNarration()
    {
        string text = $"#C C {Draw(s_verbs)} {Draw(s_nouns)}{Draw(s_places)} {_random.Next(100_000)}";
        return _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text));
    }

    /// <summary>How unlikely a narration is.</summary>
    public double NextUnlikelihood() => 5 + (10 * _random.NextDouble());

    private string Draw(string[] words) => words[_random.Next(words.Length)];
}
