import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eachSecond } from './each-second.ts';

describe('a look each second', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is taken until it is disposed of', () => {
    const look = vi.fn();
    const fault = vi.fn();
    {
      using _looks = eachSecond(look, fault);
      vi.advanceTimersByTime(3500);
    }
    vi.advanceTimersByTime(5000);
    expect([look.mock.calls.length, fault.mock.calls.length]).toEqual([3, 0]);
  });

  it('ends the trial where it cannot be taken, and not the controller', () => {
    const fault = vi.fn();
    const look = vi.fn(() => {
      throw new Error('EMFILE: too many open files, scandir /proc');
    });
    using _looks = eachSecond(look, fault);
    vi.advanceTimersByTime(5000);
    expect(look).toHaveBeenCalledOnce();
    expect(fault).toHaveBeenCalledExactlyOnceWith(new Error('EMFILE: too many open files, scandir /proc'));
  });
});
