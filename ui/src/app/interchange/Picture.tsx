// A drawing's SVG as an image from a blob's address: shown, never part of the page.
import { useEffect, useRef } from 'react';
import css from './Interchange.module.css';

export function Picture({ svg, alt }: { svg: string; alt: string }) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    if (image.current !== null) image.current.src = address;
    return () => URL.revokeObjectURL(address);
  }, [svg]);
  return <img ref={image} className={css.picture} alt={alt} />;
}
