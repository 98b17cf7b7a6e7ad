namespace Avion.Cli;

/// <summary>Deals all captions of a task in random order, again and again, so that each is as frequent as any other.</summary>
internal sealed class CaptionDeck
{
    private readonly Caption[] _cards;
    private CounterRandom _random;
    private int _next;

    public CaptionDeck(DemoTask task, CounterRandom random)
    {
        List<Caption> cards = [];
        foreach (ObjectColour colour in task.Colours)
        {
            foreach (ObjectShape shape in task.Shapes)
            {
                foreach (Motion motion in task.Motions)
                {
                    cards.Add(new Caption(colour, shape, motion));
                }
            }
        }
        _cards = [.. cards];
        _random = random;
        _next = _cards.Length;
    }

    public Caption Deal()
    {
        if (_next == _cards.Length)
        {
            Shuffle();
            _next = 0;
        }
        return _cards[_next++];
    }

    private void Shuffle()
    {
        for (int last = _cards.Length - 1; last > 0; last--)
        {
            int other = _random.Next(last + 1);
            (_cards[last], _cards[other]) = (_cards[other], _cards[last]);
        }
    }
}
